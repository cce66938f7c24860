"""What is asked of a web server, and what is not: the same file again, secrets on the way to others."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from backends.fetch.http_source import own_headers
from core.errors import FetchFailed
from tests.unit.backends.fetch.answers import CSV, MONDAY, answer, fetch, read, source, url_of
from tests.unit.backends.fetch.conftest import Server, Talk, redirects_to, says

Serve = Callable[[Talk], Server]


def test_what_has_not_changed_is_not_sent_again(serve: Serve) -> None:
    def talk(connection: socket.socket) -> None:
        request = server.received[-1].lower()
        known = b'if-none-match: "v1"' in request or b"if-modified-since: mon" in request
        connection.sendall(
            answer(b"", "304 Not Modified")
            if known
            else answer(ETag='"v1"', Last_Modified="Mon, 30 Nov 2026 10:00:00 GMT")
        )

    server: Server = serve(talk)
    opened = source().open({"url": url_of(server)}, {})
    assert opened is not None
    assert read(opened) == CSV
    assert opened.version == {"etag": '"v1"', "last_modified": MONDAY}
    for since in (opened.version, {"last_modified": opened.version["last_modified"]}):
        assert source().open({"url": url_of(server)}, {}, since=since) is None
    assert fetch(server, since={"etag": '"v0"'}) == CSV


def test_a_server_that_knows_no_conditions_and_shows_the_same_etag_is_not_read(serve: Serve) -> None:
    server = serve(says(answer(ETag='"v1"')))
    assert source().open({"url": url_of(server)}, {}, since={"etag": '"v1"'}) is None
    weak = serve(says(answer(ETag='W/"v1"')))
    assert fetch(weak, since={"etag": 'W/"v1"'}) == CSV


def test_secrets_stay_with_the_host_they_are_for(serve: Serve) -> None:
    other = serve(says(answer()))
    front: Server = serve(
        lambda connection: redirects_to(f"http://127.0.0.1:{other.port if len(front.received) > 1 else front.port}/b")(
            connection
        )
    )
    spec = {"url": url_of(front), "headers": {"X-Key": {"secret": "key"}, "Authorization": {"secret": "key"}}}
    assert read(source().open(spec, {"key": "s3cr3t"}, since={"etag": '"x"'})) == CSV
    assert [request.count(b"s3cr3t") for request in front.received] == [2, 2]
    assert b"s3cr3t" not in other.received[0]
    assert b'If-None-Match: "x"' in other.received[0]


def test_redirects_are_five_at_the_most(serve: Serve) -> None:
    server: Server = serve(lambda connection: redirects_to(url_of(server))(connection))
    with pytest.raises(FetchFailed, match="TOO_MANY_REDIRECTS"):
        fetch(server)
    assert server.connections == 6


def test_formats_and_names_are_those_that_the_server_says(serve: Serve) -> None:
    server = serve(says(answer(Content_Type="application/x-ndjson; charset=utf-8")))
    opened = source().open({"url": url_of(server, "/a/My%20file.jsonl?x=1")}, {})
    assert opened is not None
    assert (opened.format, opened.name) == ("jsonl", "My file.jsonl")
    opened.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("Host", "x"), ("host", "x"), ("Content-Length", "5"), ("Range", "bytes=0-1"), ("X-A", "a\r\nB: c"), ("X A", "b"),
     ("", "b"), ("X-A", "\N{SNOWMAN}"), ("If-None-Match", "x")],
)  # fmt: skip
def test_headers_that_would_break_the_request_are_refused(name: str, value: str) -> None:
    with pytest.raises(FetchFailed, match="BAD_HEADER"):
        own_headers({name: {"secret": "v"}}, {"v": value})
