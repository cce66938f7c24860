"""A web server that misbehaves in some fifty ways: each costs one fetch, in bounded time, and nothing half is kept."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.fetch import http_source
from core.errors import FetchFailed
from tests.unit.backends.fetch.answers import CSV, MAX_BYTES, answer, chunked, fetch, read, source, url_of
from tests.unit.backends.fetch.conftest import Server, Talk, read_request, says

Serve = Callable[[Talk], Server]

BOMB = gzip.compress(b"0" * 40_000_000)
GZIPPED = gzip.compress(CSV * 1000, mtime=0)

WELL = {
    "plain": answer(),
    "gzip": answer(gzip.compress(CSV), Content_Encoding="gzip"),
    "x-gzip": answer(gzip.compress(CSV), Content_Encoding="x-gzip"),
    "deflate": answer(zlib.compress(CSV), Content_Encoding="deflate"),
    "identity": answer(Content_Encoding="identity"),
    "several members": answer(gzip.compress(CSV[:4]) + gzip.compress(CSV[4:]), Content_Encoding="gzip"),
    "chunked": chunked(CSV[:5], CSV[5:]),
    "chunk extensions": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc;x=y\r\n" + CSV + b"\r\n0\r\n\r\n",
    "until the end of the connection": b"HTTP/1.0 200 OK\r\n\r\n" + CSV,
    "100 first": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    "more than it says": answer(CSV + b"more", length=len(CSV)),
    "headers without a blank": b"HTTP/1.1 200 OK\r\nContent-Length:12\r\n\r\n" + CSV,
    "an etag that is none": answer(ETag="\x01"),
    "a charset that is none": answer(Content_Type="text/csv; charset=klingon"),
    "no type that one knows": answer(Content_Type="\x7f/;;"),
}

BADLY: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "BAD_ANSWER"),
    "no http": (b"SSH-2.0-OpenSSH_9.2\r\n", "BAD_ANSWER"),
    "zeros": (b"\0" * 300, "BAD_ANSWER"),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300, "BAD_ANSWER"),
    "a header of 200 kB": (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000, "BAD_ANSWER"),
    "a status of words": (b"HTTP/1.1 xyz\r\n\r\n", "BAD_ANSWER"),
    "fewer bytes than it says": (answer(length=len(CSV) + 5), "BAD_ANSWER"),
    "an end in a chunk": (chunked(CSV, end=b"ff\r\nabc"), "BAD_ANSWER"),
    "no last chunk": (chunked(CSV, end=b""), "BAD_ANSWER"),
    "a chunk of a size that is none": (chunked(CSV, end=b"zz\r\n"), "BAD_ANSWER"),
    "a chunk of a negative size": (chunked(CSV, end=b"-5\r\nabcde\r\n"), "BAD_ANSWER"),
    "an empty body": (answer(b""), "NO_DATA"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "NO_DATA"),
    "an empty gzip": (answer(gzip.compress(b""), Content_Encoding="gzip"), "NO_DATA"),
    "a page": (answer(b"<!DOCTYPE html><html>Sign in</html>"), "NOT_DATA"),
    "a page behind blanks": (answer(b"\xef\xbb\xbf \n<html>"), "NOT_DATA"),
    "401": (answer(b"", "401 Unauthorized", WWW_Authenticate="Basic"), "SOURCE_NOT_AUTHORIZED"),
    "403": (answer(b"no", "403 Forbidden"), "SOURCE_NOT_AUTHORIZED"),
    "404": (answer(b"no", "404 Not Found"), "SOURCE_NOT_FOUND"),
    "410": (answer(b"no", "410 Gone"), "SOURCE_NOT_FOUND"),
    "429": (answer(b"no", "429 Too Many"), "SERVER_BUSY"),
    "500": (answer(b"no", "500 Oh"), "SERVER_BUSY"),
    "503": (answer(b"no", "503 Later", Retry_After="1"), "SERVER_BUSY"),
    "400": (answer(b"no", "400 Bad"), "BAD_STATUS"),
    "206 that nobody asked for": (answer(CSV, "206 Partial", Content_Range="bytes 0-11/100"), "BAD_STATUS"),
    "304 that nobody asked for": (answer(b"", "304 Not Modified"), "TOO_MANY_REDIRECTS"),
    "a redirect to nowhere": (answer(b"", "302 Found"), "TOO_MANY_REDIRECTS"),
    "a redirect to another protocol": (answer(b"", "302 Found", Location="ftp://127.0.0.1/"), "BAD_URL"),
    "a redirect to a file": (answer(b"", "302 Found", Location="file:///etc/passwd"), "BAD_URL"),
    "a redirect with a password": (answer(b"", "302 Found", Location="http://a:b@127.0.0.1/"), "BAD_URL"),
    "an encoding that nobody asked for": (answer(Content_Encoding="br"), "UNSUPPORTED_ENCODING"),
    "encodings in encodings": (answer(Content_Encoding="gzip, gzip"), "UNSUPPORTED_ENCODING"),
    "a gzip that is none": (answer(Content_Encoding="gzip"), "BAD_GZIP"),
    "a deflate that is none": (answer(Content_Encoding="deflate"), "BAD_DEFLATE"),
    "half a gzip": (answer(GZIPPED[:60], Content_Encoding="gzip"), "TRUNCATED_BODY"),
    "a damaged gzip": (answer(GZIPPED[:-8] + b"\0" * 8, Content_Encoding="gzip"), "BAD_GZIP"),
    "a bomb": (answer(BOMB, Content_Encoding="gzip"), "GZIP_BOMB"),
    "more than is allowed": (answer(CSV, length=MAX_BYTES + 1), "FILE_TOO_LARGE"),
    "lengths that differ": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 12\r\n\r\n" + CSV, "BAD_ANSWER",
    ),
    "a length that is negative": (answer(CSV, length=-1), "BAD_ANSWER"),
}  # fmt: skip


@pytest.mark.parametrize("way", WELL)
def test_what_is_as_it_should_be_arrives_byte_for_byte(serve: Serve, way: str) -> None:
    assert fetch(serve(says(WELL[way]))) == CSV


@pytest.mark.parametrize("way", BADLY)
def test_what_is_not_fails_in_words(serve: Serve, way: str) -> None:
    said, reason = BADLY[way]
    with pytest.raises(FetchFailed) as caught:
        fetch(serve(says(said)))
    assert caught.value.reason == reason
    assert caught.value.detail.endswith(".")


def drip(start: bytes, drop: bytes, server: Callable[[], Server]) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        while not server().over.wait(0.02):
            connection.sendall(drop)

    return talk


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + CSV * 100, b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_who_never_ends_is_given_up(serve: Serve, start: bytes, drop: bytes) -> None:
    server: Server = serve(drip(start, drop, lambda: server))
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        fetch(server, seconds=0.4)


def test_who_falls_silent_is_given_up_long_before_the_end(serve: Serve) -> None:
    server: Server = serve(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", b"", lambda: server))
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        fetch(server, seconds=600.0, stall_s=0.2)


def test_who_hardly_sends_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_source, "SLOW_AFTER_S", 0.1)
    monkeypatch.setattr(http_source, "SLOW_BYTES_PER_S", 10_000)
    server: Server = serve(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + CSV * 50, b"x", lambda: server))
    with pytest.raises(FetchFailed, match="TOO_SLOW"):
        fetch(server)


def test_a_reader_in_another_thread_is_cut_off(serve: Serve) -> None:
    server: Server = serve(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + CSV * 50, b"", lambda: server))
    opened = source(seconds=600.0, stall_s=600.0).open({"url": url_of(server)}, {})
    assert opened is not None
    with closing(opened):
        next(opened.chunks)
        threading.Timer(0.1, opened.cut).start()
        with pytest.raises(FetchFailed, match="TIMED_OUT"):
            list(opened.chunks)


@given(st.binary(max_size=2000))
def test_whatever_a_server_says_is_data_or_refused_in_words(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        talking = threading.Thread(target=_say_once, args=(listening, said))
        talking.start()
        reason = ""
        try:
            read(source(seconds=5.0).open({"url": f"http://127.0.0.1:{listening.getsockname()[1]}/"}, {}))
        except FetchFailed as exc:
            reason = exc.reason
        finally:
            talking.join()
        assert reason in {"", "BAD_ANSWER", "CONNECTION_FAILED", "NO_DATA", "NOT_DATA", "BAD_STATUS"}


def _say_once(listening: socket.socket, said: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        read_request(connection)
        connection.sendall(said)
