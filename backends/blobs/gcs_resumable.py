"""One resumable upload to Cloud Storage: a stream of unknown length in constant memory.

The protocol of https://cloud.google.com/storage/docs/performing-resumable-uploads, spoken directly because
google-cloud-storage 3.17 sends a chunk whose answer was lost again without asking what has arrived, and its
BlobWriter addresses the cancelling of a session to a URL that is not the session's, which leaves it open.
"""

from __future__ import annotations

import contextlib
import re
from base64 import b64encode
from typing import Any, cast

import google_crc32c
import requests
from google.api_core import exceptions
from google.api_core.retry import Retry

# Minimum chunk that Google recommends; a multiple of 256 KiB, as the protocol demands.
CHUNK_BYTES = 8 * 1024 * 1024

CANCEL_TIMEOUT_S = 3.0

_STORED = re.compile(r"bytes=0-(\d+)")


class ResumableUpload:
    """Collect written data and send it in chunks of `CHUNK_BYTES`; `finish` makes the object.

    Until then nothing can be seen of it. A session that is neither finished nor cancelled ends by itself in a week.

    Args:
        http: any session; `url` alone gives the right to upload, and so appears in no error.
        retry: which errors (of google.api_core) are retried, and for how long.
        timeout_s: seconds one request may go without an answer.

    All methods raise errors of google.api_core.
    """

    def __init__(self, http: requests.Session, url: str, retry: Retry, timeout_s: float) -> None:
        self._http = http
        self._url = url
        self._retry = retry
        self._timeout_s = timeout_s
        self._buffer = bytearray()
        self._stored = 0  # bytes of the object that the service has confirmed
        self._crc32c: Any = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
        self._ended = False

    def write(self, data: bytes) -> None:
        """Take the data in; send what is more than one chunk."""
        self._crc32c.update(data)
        rest = memoryview(data)
        while rest:
            if len(self._buffer) == CHUNK_BYTES:  # only now, for the last chunk must not be empty
                self._send(last=False)
            room = CHUNK_BYTES - len(self._buffer)
            self._buffer += rest[:room]
            rest = rest[room:]

    def finish(self) -> None:
        """Send the rest and the checksum of all, on which the service makes the object, or refuses.

        Raises:
            PreconditionFailed: the session's condition does not hold.
            RetryError, NotFound: the object may have been made all the same, where an answer was lost.
        """
        self._send(last=True)

    def cancel(self) -> None:
        """End the session if it is not over: nothing sent before can make the object any more."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(requests.RequestException):
                self._http.delete(self._url, timeout=CANCEL_TIMEOUT_S)

    def _send(self, last: bool) -> None:
        """Send the buffer and empty it. After a failure continue after the bytes that have arrived."""
        block = memoryview(self._buffer)
        start, end = self._stored, self._stored + len(block)
        total = str(end) if last else "*"
        failed = False

        def attempt() -> None:
            nonlocal failed
            if failed:
                self._put(memoryview(b""), f"bytes */{total}", end)
            failed = True
            while not self._ended if last else self._stored < end:
                before = self._stored
                rest = block[before - start :]
                self._put(rest, f"bytes {f'{before}-{end - 1}' if rest else '*'}/{total}", end)
                if self._stored == before and not self._ended:
                    raise exceptions.ServiceUnavailable("nothing of what was sent has been stored")

        self._retry(attempt)()
        self._buffer = bytearray()  # A new one: a reader of the old buffer must not see it change.

    def _put(self, body: memoryview, content_range: str, end: int) -> None:
        """Send one request; record how much is stored, and whether that ended the upload."""
        headers = {"Content-Range": content_range}
        if not content_range.endswith("*"):
            headers["X-Goog-Hash"] = f"crc32c={b64encode(self._crc32c.digest()).decode()}"
        try:
            response = self._http.put(
                self._url, data=cast(bytes, body), headers=headers, timeout=self._timeout_s, allow_redirects=False
            )
        except requests.RequestException as exc:  # its text holds the url
            raise exceptions.ServiceUnavailable(f"no answer: {type(exc).__name__}") from None
        if response.status_code == requests.codes.permanent_redirect:  # here: resume
            stored = _STORED.fullmatch(response.headers.get("Range", ""))
            now = int(stored[1]) + 1 if stored else 0
            if not self._stored <= now <= end:
                raise exceptions.DataLoss(f"{now} bytes are stored, but {self._stored} of {end} should be")
            self._stored = now
        elif response.ok:
            self._stored = end
            self._ended = True
        else:
            raise exceptions.from_http_status(response.status_code, response.reason or "no reason given")
