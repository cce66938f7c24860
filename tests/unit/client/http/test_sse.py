"""The event stream: its bytes, and its resumption."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from hypothesis import given
from hypothesis import strategies as st

import nobrains_client as sdk
from nobrains_client import Client
from nobrains_client.http.sse import LONGEST_EVENT_BYTES, parse_events

STREAM = (
    ": heartbeat\n\n"
    'id: 1\nevent: phase\ndata: {"phase": "cleaning"}\n\n'
    'event: log\ndata: {"text":\ndata: "Zürich – 東京"}\n\n'
    ": heartbeat\n\n"
    'id: 2\nevent: done\ndata: {"state": "succeeded"}\n\n'
    'id: 3\nevent: trial\ndata: {"unfinished": true}\n'
)


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_are_the_same_however_the_bytes_are_cut(cuts: list[int], end: str) -> None:
    stream = STREAM.replace("\n", end).encode()
    places = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    assert list(parse_events(pieces)) == [
        sdk.Event("1", "phase", {"phase": "cleaning"}),
        sdk.Event("1", "log", {"text": "Zürich – 東京"}),
        sdk.Event("2", "done", {"state": "succeeded"}),
    ]


@given(st.lists(st.binary(max_size=80)))
def test_wild_bytes_are_events_or_an_unexpected_answer(pieces: list[bytes]) -> None:
    try:
        events = list(parse_events(pieces))
    except sdk.UnexpectedResponse:
        return
    assert all(isinstance(event.data, dict) for event in events)


@pytest.mark.parametrize("endless", [b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"])
def test_an_endless_event_is_refused(endless: bytes) -> None:
    with pytest.raises(sdk.UnexpectedResponse, match=str(LONGEST_EVENT_BYTES)):
        list(parse_events(iter(lambda: endless, None)))


class Script:
    """A job with events 1…5, the last one `done`; each connection ends as told, after so many events."""

    def __init__(self, app: Flask, *connections: tuple[int, str]) -> None:
        self.last_event_ids: list[str | None] = []
        self._connections = iter(connections)
        app.get("/api/v1/jobs/<id_>/events")(self._events)
        app.get("/api/v1/jobs/<id_>")(lambda id_: {"id": id_, "state": "running"})

    def _events(self, id_: str) -> Response:
        last = request.headers.get("Last-Event-ID")
        self.last_event_ids.append(last)
        count, end = next(self._connections)
        return Response(self._stream(int(last or 0), count, end), mimetype="text/event-stream")

    def _stream(self, last: int, count: int, end: str) -> Iterator[bytes]:
        yield b": hello\n\n"
        for number in range(last + 1, min(5, last + count) + 1):
            kind = "done" if number == 5 else "trial"
            yield f'id: {number}\nevent: {kind}\ndata: {{"number": {number}}}\n\n'.encode()
        if end == "break":
            raise ConnectionResetError("gone")


def test_a_broken_stream_is_taken_up_behind_the_last_event(app: Flask, client: Client) -> None:
    script = Script(app, (2, "break"), (0, "break"), (1, "close"), (9, "close"))
    events = list(client.events("j"))
    assert [event.data["number"] for event in events] == [1, 2, 3, 4, 5]
    assert script.last_event_ids == [None, "2", "2", "3"]


def test_following_may_begin_in_the_middle(app: Flask, client: Client) -> None:
    script = Script(app, (9, "close"))
    assert [event.id for event in client.events("j", last_event_id="3")] == ["4", "5"]
    assert script.last_event_ids == ["3"]


def test_a_stream_that_only_ever_breaks_is_given_up(app: Flask, client: Client) -> None:
    script = Script(app, *[(0, "break")] * 9)
    with pytest.raises(sdk.ConnectionFailed):
        list(client.events("j"))
    assert len(script.last_event_ids) == 5


def test_a_job_that_is_over_and_says_nothing_more_ends_the_stream(app: Flask, client: Client) -> None:
    app.get("/api/v1/jobs/j/events")(lambda: Response(b"", mimetype="text/event-stream"))
    app.get("/api/v1/jobs/j")(lambda: {"id": "j", "state": "succeeded"})
    assert list(client.events("j", last_event_id="5")) == []


def test_a_foreign_job_is_not_found_at_once(app: Flask, client: Client, problem: Any) -> None:
    app.get("/api/v1/jobs/j/events")(lambda: problem(404, "NOT_FOUND"))
    with pytest.raises(sdk.NotFound):
        next(client.events("j"))


def test_waiting_for_events_ends_in_time(app: Flask, client: Client) -> None:
    heartbeats = iter(lambda: b": heartbeat\n\n", None)
    app.get("/api/v1/jobs/j/events")(lambda: Response(heartbeats, mimetype="text/event-stream"))
    with pytest.raises(sdk.WaitTimedOut):
        list(client.events("j", timeout_s=0.0))
