"""Files in request bodies: raw or multipart, packed or not, streamed and checked on the way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.http.bodies.multipart import open_part
from api.http.client_connection import INCOMPLETE_BODY_ERRORS
from api.schemas.names import name_of_file
from core.errors import TooLarge, Unsupported
from core.storage.compression import unpack
from core.strict_json import Malformed
from csvfile.formats import MEDIA_TYPES

CHUNK_BYTES = 1 << 16
CSV = "text/csv"
MULTIPART = "multipart/form-data"
DRAIN_BYTES = 64 << 20
DRAIN_S = 10.0

FILE_TYPES = frozenset(
    {*MEDIA_TYPES.values(), "application/octet-stream", "application/x-ndjson", "application/x-gzip",
     "application/x-zip-compressed", "application/vnd.ms-excel.sheet.macroenabled.12", "application/x-parquet"}
)  # fmt: skip
"""Media types of datasets. They are believed no further: the file itself shows what it is."""


def body_docs(media_types: Iterable[str]) -> dict[str, Any]:
    """Return a body that is a file, in the OpenAPI document."""
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": file}}
    content = {media_type: {"schema": file} for media_type in sorted(media_types)}
    return {"required": True, "content": {**content, MULTIPART: {"schema": form}}}


BODY_DOCS = body_docs([CSV])
"""A CSV body in the OpenAPI document."""


@dataclass(frozen=True)
class Upload:
    """A file that is coming in.

    Attributes:
        name: the file's own name, where it came with one.
        chunks: its bytes, unpacked. Reading them raises Malformed or TooLarge where the body is cut short, damaged or
            too large, so that nothing half is ever stored.
    """

    name: str | None
    chunks: Iterator[bytes]


def open_upload(request: Request, max_bytes: int, media_types: Collection[str] = (CSV,)) -> Upload:
    """Open the file in the body. Raises Unsupported, and for multipart Malformed or Invalid FILE_MISSING.

    Args:
        request: its body is the upload.
        max_bytes: of the body as it is sent, instead of the limit for other requests.
        media_types: that are taken, beside multipart.
    """
    if request.mimetype not in (*media_types, MULTIPART):
        sent = repr(request.mimetype[:100]) if request.mimetype else "none"
        wanted = f"{CSV} (or that of its format)" if len(media_types) > 1 else CSV
        detail = (
            f"Send Content-Type: {wanted} with the file as the body, or {MULTIPART} with a part 'file', not {sent}."
        )
        raise Unsupported("UNSUPPORTED_MEDIA_TYPE", detail)
    chunks = open_body(request, max_bytes)
    if request.mimetype != MULTIPART:
        return Upload(None, chunks)
    filename, chunks = open_part(chunks, request.mimetype_params.get("boundary", ""))
    return Upload(name_of_file(filename), chunks)


def open_body(request: Request, max_bytes: int) -> Iterator[bytes]:
    """Return the body unpacked, as it comes in. Raises Unsupported for an encoding that is not taken.

    Args:
        request: whose body it is.
        max_bytes: of the body as it is sent, instead of the limit for other requests.
    """
    request.max_content_length = max_bytes
    chunks = _received(request)
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip"):
        return unpack(chunks, "gzip", Malformed)
    if coding not in ("", "identity"):
        raise Unsupported("UNSUPPORTED_ENCODING", f"Send Content-Encoding: gzip or none, not {coding[:100]!r}.")
    return chunks


def _received(request: Request) -> Iterator[bytes]:
    """Yield the body as it comes in; raise if less comes than Content-Length says, or the sender is gone."""
    expected, received = request.content_length, 0
    try:
        while chunk := request.stream.read(CHUNK_BYTES):
            received += len(chunk)
            yield chunk
    except INCOMPLETE_BODY_ERRORS as exc:
        raise _truncated(received, expected) from exc
    except RequestEntityTooLarge as exc:
        detail = f"The body is larger than {request.max_content_length:,} bytes."
        raise TooLarge("FILE_TOO_LARGE", detail) from exc
    if expected is not None and received != expected:
        raise _truncated(received, expected)


def _truncated(received: int, expected: int | None) -> Malformed:
    of = "" if expected is None else f" of the {expected:,} that Content-Length promises"
    return Malformed("TRUNCATED_BODY", f"The body ended after {received:,} bytes{of}. Send the whole file again.")


def drain_unread_body(response: Response) -> Response:
    """Read on in a refused body, up to a limit.

    A connection closed with bytes unread is reset, and the sender would see that instead of the response.
    """
    if response.status_code >= 400 and request.environ.get("wsgi.input_terminated"):
        left, deadline = DRAIN_BYTES, time.monotonic() + DRAIN_S
        with contextlib.suppress(OSError):
            while left > 0 and time.monotonic() < deadline:
                chunk = request.environ["wsgi.input"].read(CHUNK_BYTES)
                if not chunk:
                    break
                left -= len(chunk)
    return response
