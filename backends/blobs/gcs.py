"""Blobs as objects of a Cloud Storage bucket.

A blob is one object of its name: its bytes, then a footer with their number and SHA-256
(`backends.blobs.checksum_footer`).
Metadata could not carry the hash: it is set before the first byte of a stream and the hash is known after the
last, so that a second step would be needed, and a crash between the two would leave a blob without a hash or,
by way of a temporary object, an orphan. With a footer the end of the upload is the one step, conditional on
the name being free where a blob is created; a crash before it leaves nothing that can be seen.

A lost reply says nothing about that step. Every upload bears a random number in its object's
metadata, so an uploader that lost the reply reads there which upload won.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import requests
import urllib3
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY

from backends.blobs.checksum_footer import FOOTER, ChecksumFooter, check_name, check_range, read_footer, verified
from backends.blobs.gcs_resumable import ResumableUpload
from core.errors import BlobExists, BlobMissing, Corrupted, StorageFull, Unavailable
from core.ports import BlobInfo

READ_BYTES = 8 * 1024 * 1024

# Seconds one request may go without a reply, and seconds after which a failed one is not retried.
TIMEOUT_S = 10.0
RETRY = DEFAULT_RETRY.with_delay(initial=0.1, maximum=2.0).with_timeout(8.0)
PING_TIMEOUT_S = 3.0
PING_RETRY = RETRY.with_timeout(1.0)

# An object no blob can be named like: the bucket was made for us, and is still the same.
MARKER = ".nobrains"
WRITER = "nobrains-writer"

_HINTS: tuple[tuple[type[Exception], str], ...] = (
    (GoogleAuthError, "give this process Google credentials (GOOGLE_APPLICATION_CREDENTIALS or a service account)"),
    (exceptions.Unauthorized, "give this process valid Google credentials"),
    (exceptions.Forbidden, "let this service account use the bucket's objects (roles/storage.objectUser)"),
    (exceptions.NotFound, "the bucket is missing: check its name, run `nobrains init`"),
    (exceptions.TooManyRequests, "the bucket is at its limit; try again"),
    (Exception, "check the network and the state of Cloud Storage"),
)


class GcsBlobs:
    """The `Blobs` port over a bucket; `initialize` prepares it.

    Credentials, project and STORAGE_EMULATOR_HOST are found the way all of Google's libraries find them. Names
    are as in `backends.blobs.checksum_footer`; none may be the beginning of another (`a` and `a/b`), which is not
    checked.
    """

    def __init__(self, bucket: str) -> None:
        with _errors_as_unavailable(bucket):
            self._client = storage.Client(project=None)
        self._bucket = self._client.bucket(bucket)
        self._http = requests.Session()
        self._marker = self._read_marker()

    @staticmethod
    def initialize(bucket: str, location: str | None = None) -> None:
        """Make the bucket if there is none, closed to the public, and mark it as ours; an existing one is kept.

        Args:
            bucket: its name.
            location: Google's name of a region or multi-region; None: Google's choice.
        """
        with _errors_as_unavailable(bucket):
            try:
                _mark(storage.Client(project=None).bucket(bucket))
            except exceptions.NotFound:
                client = storage.Client()
                new = client.bucket(bucket)
                new.iam_configuration.uniform_bucket_level_access_enabled = True
                new.iam_configuration.public_access_prevention = "enforced"
                with contextlib.suppress(exceptions.Conflict):  # another process was quicker
                    client.create_bucket(new, location=location, timeout=TIMEOUT_S, retry=RETRY)
                _mark(new)

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        check_name(name)
        writer = secrets.token_hex(16)
        upload = self._start_upload(name, writer, overwrite)
        seal = ChecksumFooter()
        try:
            for chunk in seal.close(chunks):
                with _errors_as_unavailable(name):
                    upload.write(chunk)
            self._finish_upload(upload, name, writer)
        finally:
            upload.cancel()
        return seal.info(name)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        check_range(start, end)
        blob, info = self._open(name)
        if start == 0 and (end is None or end >= info.size_bytes):
            return verified(_read_ranges(blob, 0, info.size_bytes), info)
        return _read_ranges(blob, start, info.size_bytes if end is None else min(end, info.size_bytes))

    def stat(self, name: str) -> BlobInfo | None:
        try:
            return self._open(name)[1]
        except BlobMissing:
            return None

    def names(self, prefix: str) -> Iterator[str]:
        if folder := prefix.rpartition("/")[0]:
            check_name(folder)
        found = False
        with _errors_as_unavailable(f"names of {prefix!r} in {self._bucket.name}"):
            # In order already: the service lists names bytewise.
            for blob in self._client.list_blobs(
                self._bucket, prefix=prefix, fields="items(name),nextPageToken", timeout=TIMEOUT_S, retry=RETRY
            ):
                if blob.name != MARKER:
                    found = True
                    yield blob.name
        if not found:
            self.ping()

    def delete(self, name: str) -> None:
        check_name(name)
        with _errors_as_unavailable(name):
            try:
                self._bucket.blob(name).delete(timeout=TIMEOUT_S, retry=RETRY)
            except exceptions.NotFound:
                self.ping()

    def ping(self) -> None:
        if self._read_marker() != self._marker:
            raise Unavailable(
                f"bucket {self._bucket.name} was emptied or replaced while in use: restore it, restart this process"
            )

    def close(self) -> None:
        self._http.close()
        self._client.close()

    def _read_marker(self) -> int:
        """Return the marker's generation: another one is another bucket, or one that was wiped."""
        with _errors_as_unavailable(self._bucket.name):
            marker = self._bucket.get_blob(MARKER, timeout=PING_TIMEOUT_S, retry=PING_RETRY)
        if marker is None:
            raise Unavailable(f"bucket {self._bucket.name} is missing or not ours: check its name, run `nobrains init`")
        return int(marker.generation)

    def _start_upload(self, name: str, writer: str, overwrite: bool) -> ResumableUpload:
        blob = self._bucket.blob(name)
        blob.metadata = {WRITER: writer}
        with _errors_as_unavailable(name):
            try:
                url = blob.create_resumable_upload_session(
                    content_type="application/octet-stream",
                    checksum=None,  # ours: see ResumableUpload
                    if_generation_match=None if overwrite else 0,
                    timeout=TIMEOUT_S,
                    retry=RETRY,
                )
            except exceptions.PreconditionFailed as exc:
                raise BlobExists(f"there is a blob {name!r} already") from exc
        return ResumableUpload(self._http, url, RETRY, TIMEOUT_S)

    def _finish_upload(self, upload: ResumableUpload, name: str, writer: str) -> None:
        with _errors_as_unavailable(name):
            try:
                upload.finish()
            except exceptions.GoogleAPIError as exc:
                upload.cancel()  # before we look: it must not land afterwards
                landed = self._bucket.get_blob(name, timeout=TIMEOUT_S, retry=RETRY)
                if landed is not None and (landed.metadata or {}).get(WRITER) == writer:
                    return
                if isinstance(exc, exceptions.PreconditionFailed):
                    raise BlobExists(f"there is a blob {name!r} already") from exc
                raise

    def _open(self, name: str) -> tuple[storage.Blob, BlobInfo]:
        """Return the blob, bound to the generation whose footer was read."""
        check_name(name)
        blob = self._bucket.blob(name)
        try:
            footer = _download(blob, start=-FOOTER.size)
        except BlobMissing:
            self.ping()  # missing, or everything gone?
            raise
        return blob, read_footer(footer, name)


def _mark(bucket: storage.Bucket) -> None:
    with contextlib.suppress(exceptions.PreconditionFailed):  # it is marked
        bucket.blob(MARKER).upload_from_string(b"", if_generation_match=0, timeout=TIMEOUT_S, retry=RETRY)


def _read_ranges(blob: storage.Blob, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes [start, stop), each range a request with its own retries."""
    while start < stop:
        end = min(start + READ_BYTES, stop)
        chunk = _download(blob, start=start, end=end - 1)
        if len(chunk) != end - start:
            raise Corrupted(f"blob {blob.name!r} is cut short: restore it from a backup")
        yield chunk
        start = end


def _download(blob: storage.Blob, **bounds: int) -> bytes:
    with _errors_as_unavailable(blob.name):
        try:
            content: bytes = blob.download_as_bytes(
                **bounds, raw_download=True, checksum=None, timeout=TIMEOUT_S, retry=RETRY
            )
        except exceptions.NotFound as exc:
            raise BlobMissing(f"there is no blob {blob.name!r}, or no longer the one first read") from exc
        except exceptions.RequestRangeNotSatisfiable:
            return b""  # an empty object, which no blob is
    return content


@contextlib.contextmanager
def _errors_as_unavailable(what: str) -> Iterator[None]:
    """Raise `Unavailable`, naming the blob or bucket, for any error of Google's libraries in the block."""
    try:
        yield
    except (
        exceptions.GoogleAPIError,
        GoogleAuthError,
        InvalidResponse,
        DataCorruption,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as exc:
        cause: Any = exc.cause if isinstance(exc, exceptions.RetryError) else exc
        hint = next(hint for kind, hint in _HINTS if isinstance(cause, kind))
        kind = StorageFull if getattr(cause, "code", None) == HTTPStatus.INSUFFICIENT_STORAGE else Unavailable
        raise kind(f"Cloud Storage, {what}: {type(cause).__name__}: {hint}") from exc
