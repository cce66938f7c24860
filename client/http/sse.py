"""A job's event stream (Server-Sent Events): parsing, and following it across broken connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from ..errors import ConnectionFailed, UnexpectedResponse, WaitTimedOut
from ..types.jobs import Event, Job
from .transport import Transport

# Far above any event of ours: a stream that never ends a line must not fill the memory.
LONGEST_EVENT_BYTES = 1 << 20


def parse_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream's bytes, however these are cut. Comments (heartbeats) are passed over.

    Follows the WHATWG HTML standard, section 9.2.6 (an unfinished event at the end is dropped; the last id
    holds for the events after it). Raises UnexpectedResponse for an event that is over 1 MiB or no JSON.
    """
    last_id: str | None = None
    kind, data, size = "", list[str](), 0
    for line in _lines(pieces):
        if not line:
            if data:
                yield Event(last_id, kind or "message", _decode("\n".join(data)))
            kind, data, size = "", [], 0
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
            size += len(value)
            if size > LONGEST_EVENT_BYTES:
                raise UnexpectedResponse(f"An event is longer than {LONGEST_EVENT_BYTES} bytes.")
        elif name == "id" and "\0" not in value:
            last_id = value


def follow(
    transport: Transport, job_path: str, last_event_id: str | None = None, timeout_s: float | None = None
) -> Iterator[Event]:
    """The events of the job at `job_path` (`/jobs/{id}`) until `done`, after `last_event_id` if given.

    A connection that breaks is taken up again behind the last event seen, so that none is missed or comes
    twice. Raises WaitTimedOut (looked at whenever the server sends anything, heartbeats included), ApiError,
    and ConnectionFailed once as many connections in a row as `transport.attempts` brought nothing.
    """
    path = f"{job_path}/events"
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    failures = 0
    while True:
        came = 0
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        try:
            with closing(transport.send("GET", path, headers=headers, stream=True)) as response:
                for event in parse_events(_until(deadline, transport.read(response))):
                    came += 1
                    last_event_id = last_event_id if event.id is None else event.id
                    yield event
                    if event.kind == "done":
                        return
        except ConnectionFailed:
            failures = 0 if came else failures + 1
            if failures >= transport.attempts:
                raise
        else:
            # The server closed in good order, as it may at any time. Is there anything left to come?
            failures = 0
            if not came and Job.from_json(transport.fetch("GET", job_path)).is_over:
                return
        transport.pause(failures + 1)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines without their ends (LF, CRLF or CR); what follows the last end is dropped."""
    rest = b""
    for piece in pieces:
        rest += piece
        # A CR at the very end may be the first half of a CRLF that was cut in two.
        whole, held = (rest[:-1], rest[-1:]) if rest.endswith(b"\r") else (rest, b"")
        *lines, rest = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest += held
        if len(rest) > LONGEST_EVENT_BYTES:
            raise UnexpectedResponse(f"A line of the event stream is longer than {LONGEST_EVENT_BYTES} bytes.")
        for line in lines:
            yield line.decode("utf-8", "replace")


def _until(deadline: float | None, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        if deadline is not None and time.monotonic() >= deadline:
            raise WaitTimedOut("The job is not over yet. It goes on: wait again, or stop it.")


def _decode(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as exc:
        raise UnexpectedResponse(f"An event holds something other than JSON: {text!r:.80}") from exc
    return data if isinstance(data, dict) else {"value": data}
