"""Files of web servers: streamed, with bounds on everything, and not again while they have not changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from urllib.parse import unquote, urlsplit

from backends.fetch.failures import no_data, not_authorized, not_found
from backends.fetch.http import Caps, GuardedHttp, StreamedAnswer
from backends.fetch.resolving import Resolve, resolve
from core.domain.records import Json
from core.errors import FetchFailed, TooLarge
from core.limits.outgoing import OutgoingPolicy
from core.secrets.references import reveal
from core.source_ports import AUTO, FetchLimits, Opened, file_too_large
from core.storage.compression import unpack
from core.storage.streams import peek
from csvfile.formats import JSON_LINES, MEDIA_TYPES

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 512
MAX_REDIRECTS = 5
SLOW_BYTES_PER_S = 1024
SLOW_AFTER_S = 60.0
"""Who sends less than this a second, after so many seconds, is given up."""
PACKED = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
SENT_TO_ALL = {"Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "upgrade",
                         "te", "trailer", "expect", "range", "if-none-match", "if-modified-since"})  # fmt: skip
"""Headers that the service sets by itself: a source's own would break the request, or what is made of its answer."""
_FORMATS = {**{media_type: name for name, media_type in MEDIA_TYPES.items()}, "application/x-ndjson": JSON_LINES}
_PAGES = (b"<!doctype html", b"<html")


class HttpSource:
    """The `SourceReader` port over HTTP: `{url, headers?}`."""

    def __init__(self, policy: OutgoingPolicy, limits: FetchLimits, resolver: Resolve = resolve) -> None:
        self.limits = limits
        caps = Caps(seconds=limits.seconds, stall_s=limits.stall_s, redirects=MAX_REDIRECTS)
        self.http = GuardedHttp(policy, caps, resolver)

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: object = None
    ) -> Opened | None:
        """Ask for the file, unless it is the one of `since`; a server that knows neither is read anew each time."""
        private = own_headers(spec.get("headers") or {}, secrets)
        with ExitStack() as stack:
            answer = stack.enter_context(
                self.http.open("GET", spec["url"], headers=private, everywhere={**SENT_TO_ALL, **_conditions(since)})
            )
            if answer.status == 304 and since:
                return None
            _check_status(answer)
            version = _version(answer)
            if since and version.get("etag") and version["etag"] == since.get("etag") and _is_strong(version["etag"]):
                return None  # The server takes no conditions, and yet says that it is the same.
            head, chunks = peek(self._body(answer), HEAD_BYTES)
            check_head(head, answer.target.host)
            kept = stack.pop_all()
        return Opened(
            chunks, _format(answer), version, _name(answer), close=kept.close, cut=answer.deadline.cut
        )  # fmt: skip

    def _body(self, answer: StreamedAnswer) -> Iterator[bytes]:
        """Yield the body unpacked. Raises FetchFailed."""
        for length in filter(None, answer.headers.get("content-length", "").replace(" ", "").split(",")):
            if not (length.isascii() and length.isdigit()):
                raise FetchFailed("BAD_ANSWER", f"{answer.target.host} says that it sends {length[:40]!r} bytes.")
            if int(length) > self.limits.max_bytes:
                raise file_too_large(self.limits.max_bytes)
        coding = answer.headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            return _paced(answer)
        if coding not in PACKED:
            detail = f"{answer.target.host} sends the encoding {coding[:40]!r}, which was not asked for."
            raise FetchFailed("UNSUPPORTED_ENCODING", detail, "Have it send the file as it is, or as gzip.")
        return _unpacked(_paced(answer), PACKED[coding])


def own_headers(said: Json, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return a source's headers with their secrets. Raises FetchFailed SECRET_MISSING or BAD_HEADER."""
    headers = {}
    for name, value in said.items():
        text = str(reveal(value, secrets))
        if name.lower() in OWN_HEADERS or not _is_token(name) or not _is_header_text(text):
            detail = f"The header {name[:60]!r} cannot be sent: the service sets it itself, or no header can be so."
            raise FetchFailed("BAD_HEADER", detail, "Leave it out, or correct it.")
        headers[name] = text
    return headers


def check_head(head: bytes, where: str) -> None:
    """Raise FetchFailed for what cannot be data: nothing at all, or a page for people."""
    if not head:
        raise no_data(where)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_PAGES):
        detail = f"{where} answers with a page for people, perhaps one to sign in, and not with data."
        raise FetchFailed("NOT_DATA", detail, "Give the address of the file itself, and the headers it needs.")


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name)


def _is_header_text(text: str) -> bool:
    return all(" " <= char <= "~" or char == "\t" or "\xa0" <= char <= "\xff" for char in text)


def _conditions(since: Json | None) -> dict[str, str]:
    if not since:
        return {}
    if since.get("etag"):
        return {"If-None-Match": since["etag"]}
    return {"If-Modified-Since": since["last_modified"]} if since.get("last_modified") else {}


def _version(answer: StreamedAnswer) -> Json:
    named = {"etag": answer.headers.get("etag", ""), "last_modified": answer.headers.get("last-modified", "")}
    return {name: text for name, text in named.items() if 0 < len(text) <= 1000 and _is_header_text(text)}


def _is_strong(etag: str) -> bool:
    return etag.startswith('"') and len(etag) > 2


def _check_status(answer: StreamedAnswer) -> None:
    status, host = answer.status, answer.target.host
    if status == 200:
        return
    if status in (401, 403, 407):
        raise not_authorized(host, f"it answers {status}")
    if status in (404, 410):
        raise not_found(f"file there: it answers {status}", host)
    if status == 204:
        raise no_data(host)
    if status in (408, 425, 429) or status >= 500:
        raise FetchFailed("SERVER_BUSY", f"{host} answers {status}.", "It is tried again; fetch it later.")
    if 300 <= status < 400:
        detail = f"{host} redirects more than {MAX_REDIRECTS} times, or to nowhere."
        raise FetchFailed("TOO_MANY_REDIRECTS", detail, "Give the address at the end of the redirects.")
    raise FetchFailed("BAD_STATUS", f"{host} answers {status}, and not 200.", "Check the source's url and headers.")


def _format(answer: StreamedAnswer) -> str:
    return _FORMATS.get(answer.headers.get("content-type", "").partition(";")[0].strip().lower(), AUTO)


def _name(answer: StreamedAnswer) -> str:
    return unquote(urlsplit(answer.url).path.rsplit("/", 1)[-1])[:200]


def _paced(answer: StreamedAnswer) -> Iterator[bytes]:
    """Yield the body as it comes; raises FetchFailed for one that hardly comes at all."""
    began, size = time.monotonic(), 0
    for chunk in answer.chunks(CHUNK_BYTES):
        size += len(chunk)
        elapsed = time.monotonic() - began
        if elapsed > SLOW_AFTER_S and size < elapsed * SLOW_BYTES_PER_S:
            detail = f"{answer.target.host} sent {size:,} bytes in {elapsed:.0f} seconds."
            raise FetchFailed("TOO_SLOW", detail, "Fetch it when the server is less busy, or from another one.")
        yield chunk


def _unpacked(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    try:
        yield from unpack(chunks, coding, lambda reason, _: damaged(reason, coding))
    except TooLarge as exc:
        raise FetchFailed(exc.reason, exc.detail, "Have the file sent as it is.") from exc


def damaged(reason: str, coding: str) -> FetchFailed:
    """Make the error for packed bytes that are damaged or cut short."""
    what = "ends too early" if reason == "TRUNCATED_BODY" else "is damaged"
    return FetchFailed(reason, f"What was sent as {coding} {what}.", "Check the file where it is kept.")
