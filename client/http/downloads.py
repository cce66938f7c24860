"""Write responses to files: under a temporary name, checked, then renamed, so that no partial file is seen."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from ..errors import ConnectionFailed, CorruptDownload
from .transport import Transport

if TYPE_CHECKING:
    from requests import Response

# Function of (bytes received, total bytes); the second is None if the server does not say.
ReceiveProgress: TypeAlias = Callable[[int, int | None], None]


def download(
    transport: Transport,
    method: str,
    path: str,
    target: str | Path,
    *,
    sha256: str | None = None,
    progress: ReceiveProgress | None = None,
    **options: Any,
) -> Path:
    """Write the response to a repeatable call to a file, and begin again if the transfer breaks off.

    Args:
        transport: Sends the call.
        method: HTTP method.
        path: Path of the call below `/api/v1`.
        target: File to write; it is replaced if it exists.
        sha256: SHA-256 in hex that the file must have; None takes the one that the server announces, if any.
        progress: Function of (bytes received, total bytes or None).
        **options: Further arguments of `Transport.send`.

    Returns:
        The path of the file.

    Raises:
        ApiError: The server responded with an error.
        ConnectionFailed: The transfer broke off at every attempt.
        CorruptDownload: The file has another SHA-256.
        OSError: The file cannot be written.
    """
    target = Path(target)
    body = options.get("body")
    for attempt in range(1, transport.attempts + 1):
        if body is not None and attempt > 1:
            body.rewind()
        # In the target's own folder, because a rename is atomic only within one file system.
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                receive(transport, method, path, file, sha256=sha256, progress=progress, **options)
            _publish(temporary, target)
            return target
        except ConnectionFailed:
            if attempt == transport.attempts or (body is not None and not body.can_rewind):
                raise
            transport.pause(attempt)
        finally:
            Path(temporary).unlink(missing_ok=True)
    raise AssertionError("attempts must be at least 1")


def receive(
    transport: Transport,
    method: str,
    path: str,
    file: IO[bytes],
    *,
    sha256: str | None = None,
    progress: ReceiveProgress | None = None,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Mapping[str, str]:
    """Write the response to `file` and check it as `download` does, in one attempt; return its headers."""
    headers = {"Accept-Encoding": "identity", **(headers or {})}
    with closing(transport.send(method, path, headers=headers, stream=True, **options)) as response:
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdigit() else None
        received, digest = 0, hashlib.sha256()
        for piece in transport.read(response):
            file.write(piece)
            digest.update(piece)
            received += len(piece)
            if progress is not None:
                progress(received, expected)
        if expected is not None and received != expected:
            raise ConnectionFailed(f"{response.url} broke off after {received} of {expected} bytes. Try again.")
        expected_sha256 = sha256 or _announced_sha256(response)
        if expected_sha256 is not None and digest.hexdigest() != expected_sha256.lower():
            raise CorruptDownload(
                f"{response.url}: SHA-256 is {digest.hexdigest()}, not {expected_sha256}. Download it again."
            )
        return response.headers


def _announced_sha256(response: Response) -> str | None:
    """Return the SHA-256 in the Repr-Digest header (RFC 9530), or in an ETag that is one."""
    match = re.search(r"sha-256=:([^:]+):", response.headers.get("Repr-Digest", ""))
    if match:
        try:
            return base64.b64decode(match.group(1), validate=True).hex()
        except binascii.Error:
            return None
    etag = response.headers.get("ETag", "").strip('"')
    return etag if re.fullmatch(r"[0-9a-f]{64}", etag) else None


def _publish(temporary: str, target: Path) -> None:
    # mkstemp makes 0600; the user's own umask should decide, as for any other file that a program writes.
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(temporary, 0o666 & ~umask)
    os.replace(temporary, target)
