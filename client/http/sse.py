"""Parse a job's event stream (Server-Sent Events), and follow it across broken connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from ..errors import ConnectionFailed, UnexpectedResponse, WaitTimedOut
from ..types.jobs import Event, Job
from .transport import Transport

# Maximum size of an event, far above any that the server sends: an endless line must not fill the memory.
LONGEST_EVENT_BYTES = 1 << 20


def parse_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events in the bytes of a stream, wherever these are cut; comments (heartbeats) are skipped.

    Follows the WHATWG HTML standard, section 9.2.6 (an unfinished event at the end is dropped; the last id holds for
    the events after it).

    Raises:
        UnexpectedResponse: An event is longer than 1 MiB, or is not JSON.
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
    """Yield the events of a job until `done`. A connection that breaks is resumed after the last event seen.

    Args:
        transport: Sends the calls.
        job_path: Path of the job, `/jobs/{id}`.
        last_event_id: Id of the event to begin after; None begins with the first one.
        timeout_s: Seconds to wait at most; checked whenever the server sends anything, heartbeats included.

    Raises:
        WaitTimedOut: The job is not over after `timeout_s` seconds.
        ApiError: The server responded with an error.
        ConnectionFailed: As many connections in a row as `transport.attempts` brought nothing.
    """
    path = f"{job_path}/events"
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    failures = 0
    while True:
        received = 0
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        try:
            with closing(transport.send("GET", path, headers=headers, stream=True)) as response:
                for event in parse_events(_until(deadline, transport.read(response))):
                    received += 1
                    last_event_id = last_event_id if event.id is None else event.id
                    yield event
                    if event.kind == "done":
                        return
        except ConnectionFailed:
            failures = 0 if received else failures + 1
            if failures >= transport.attempts:
                raise
        else:
            # The server may close the stream at any time, so the job decides whether more events can follow.
            failures = 0
            if not received and Job.from_json(transport.fetch("GET", job_path)).is_over:
                return
        transport.pause(failures + 1)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield lines without their ends (LF, CRLF or CR); what follows the last end is dropped."""
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
            raise WaitTimedOut("The job has not ended yet. It continues: wait again, or stop it.")


def _decode(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as exc:
        raise UnexpectedResponse(f"An event holds something other than JSON: {text!r:.80}") from exc
    return data if isinstance(data, dict) else {"value": data}
