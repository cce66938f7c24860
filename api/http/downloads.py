"""Blobs as responses: streamed, in ranges on request, named, with the SHA-256 as ETag."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from core.ports import BlobInfo, Blobs

REPORT_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox"
)
"""Policy of a report, which runs and loads nothing; its own also says which one style sheet it has."""


def send_report(blobs: Blobs, blob: BlobInfo, filename: str) -> Response:
    """Send a page made by a worker, for the browser to show."""
    answer = send_blob(blobs, blob, filename, "text/html", disposition="inline")
    answer.headers["Content-Security-Policy"] = REPORT_CSP
    return answer


def send_blob(
    blobs: Blobs, blob: BlobInfo, filename: str, mimetype: str, *, disposition: str = "attachment"
) -> Response:
    """Send the blob, or the one range of it that the client requests (RFC 9110, section 14).

    Several ranges are answered with all of it, as that allows.

    Raises RequestedRangeNotSatisfiable (416).
    """
    if request.if_none_match.contains(blob.sha256):
        answer = Response(status=304)
    else:
        span = _requested_range(blob)
        start, end = span or (0, blob.size_bytes)
        content: Iterator[bytes] = iter(()) if request.method == "HEAD" else _read(blobs, blob, span)
        answer = Response(content, 206 if span else 200, mimetype=mimetype)
        answer.content_length = end - start
        answer.headers.set("Content-Disposition", disposition, filename=filename)
        if span:
            answer.content_range.set(start, end, blob.size_bytes)
    answer.accept_ranges = "bytes"
    answer.set_etag(blob.sha256)
    return answer


def _read(blobs: Blobs, blob: BlobInfo, span: tuple[int, int] | None) -> Iterator[bytes]:
    # All of it is read as a whole: then its hash is checked on the way.
    return blobs.read(blob.name, *span) if span else blobs.read(blob.name)


def _requested_range(blob: BlobInfo) -> tuple[int, int] | None:
    """Return the range [start, end) that the client requests; None for all of it."""
    requested = request.range
    if (
        requested is None
        or requested.units != "bytes"
        or len(requested.ranges) != 1
        or request.method not in ("GET", "HEAD")
    ):
        return None
    condition = request.if_range
    if condition.date is not None or condition.etag not in (None, blob.sha256):
        return None  # a range of another version is no use: all of this one
    first, end = requested.ranges[0]
    start = max(0, blob.size_bytes + first) if first < 0 else first  # bytes=-n: the last n
    if start >= blob.size_bytes:
        raise RequestedRangeNotSatisfiable(blob.size_bytes)
    return start, min(end or blob.size_bytes, blob.size_bytes)
