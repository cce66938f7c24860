"""Queue messages: small versioned envelopes, marshalled by marshmallow. What does not load is dead-lettered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from core.domain.records import ORIGIN_FIELDS, TaskRef
from core.errors import NoBrainsError

VERSION = 2


class BadMessage(NoBrainsError):
    """A message that is no envelope of ours, or of a version this program does not know."""


@dataclass(frozen=True)
class OutboxMessage:
    """A message that was promised but perhaps not yet published."""

    queue: str
    body: str


@dataclass(frozen=True)
class TaskMessage:
    """Notifies a worker that a task can be done; the truth is in the tables.

    Attributes:
        ref: the task.
        silent: SHA-256 of a running control row's bytes that its watcher saw unchanged for a whole lease: permission to
            take over exactly those bytes, and no others.
        engine: version of the engine that a worker needs to accept this invitation to a running training; None for all
            other messages.
        declined: number of workers that had another engine.
        origin: the request that it comes from; see `core.observability.request_context`. Optional, as every field that
            came later.
    """

    ref: TaskRef
    silent: str | None = None
    engine: str | None = None
    declined: int = 0
    origin: Mapping[str, str] = field(default_factory=dict, compare=False)


class TaskMessageSchema(Schema):
    """The envelope. Unknown fields are a newer minor version's; an unknown version is refused."""

    class Meta:
        unknown = EXCLUDE

    version = fields.Integer(required=True, strict=True, validate=validate.Equal(VERSION))
    kind = fields.String(required=True, validate=validate.Length(1, 100))
    user_id = fields.String(required=True, validate=validate.Length(1, 100))
    id = fields.String(required=True, validate=validate.Length(1, 100))
    silent = fields.String(load_default=None, allow_none=True, validate=validate.Length(equal=64))
    engine = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 100))
    declined = fields.Integer(load_default=0, strict=True, validate=validate.Range(0))
    request_id = fields.String(validate=validate.Length(1, 128))
    traceparent = fields.String(validate=validate.Length(1, 128))


_SCHEMA = TaskMessageSchema()


def dump_message(message: TaskMessage) -> bytes:
    """Return the envelope's bytes."""
    ref = message.ref
    data = {"version": VERSION, "kind": ref.kind, "user_id": ref.user_id, "id": ref.id, "silent": message.silent}
    if message.engine:
        data |= {"engine": message.engine, "declined": message.declined}
    data |= message.origin
    text: str = _SCHEMA.dumps(data)
    return text.encode()


def load_message(body: bytes, kinds: Collection[str]) -> TaskMessage:
    """Return the message in these bytes, for a task of one of these kinds; raises BadMessage."""
    try:
        data: dict[str, Any] = _SCHEMA.loads(body.decode())
    except (ValidationError, ValueError) as exc:
        raise BadMessage(f"not a message of version {VERSION}: {exc}") from exc
    if data["kind"] not in kinds:
        raise BadMessage(f"no kind of task: {data['kind']}")
    ref = TaskRef(data["kind"], data["user_id"], data["id"])
    origin = {name: data[name] for name in ORIGIN_FIELDS if name in data}
    return TaskMessage(ref, data["silent"], data["engine"], data["declined"], origin)
