"""The rows of a message: JSON or CSV, as the endpoint takes them over HTTP."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from marshmallow import ValidationError

from api.http.bodies.instances import columns_of, ignored_columns, row_keys, rows_without
from api.protocols.csv_rows import columns_of_csv
from api.schemas.predict import EndpointPredictBody
from api.serving.row_predictions import Columns
from core.domain.prediction_ids import repeatable_ids
from core.domain.records import Json, Model
from core.errors import Invalid, TooLarge, Unsupported
from core.message_ports import Message
from core.strict_json import parse_json

MAX_BYTES = 8 << 20
"""Size of a message; more rows belong into several of them, or into a stored prediction."""
CSV = "text/csv"
JSON = "application/json"
DAY_MS = 24 * 3600 * 1000

_BODY = EndpointPredictBody()


@dataclass(frozen=True)
class MessageRows:
    """What a message asks for: n rows as columns, which of them lack which, and how they are to be answered."""

    columns: Columns
    n: int
    keys: list[str] | None = None
    strict: bool = False
    probabilities: bool = True
    lacks: Callable[[str], Sequence[int]] | None = None
    warnings: tuple[Json, ...] = ()


def read_rows(message: Message, record: Model, used: list[str], max_columns: int) -> MessageRows:
    """Read a message's rows: text/csv, or JSON, which it is without a content type that says otherwise.

    JSON is the body of a prediction over HTTP, a list of rows, or one row.

    Raises RequestError: Invalid, Unsupported, TooLarge, Malformed.
    """
    if len(message.body) > MAX_BYTES:
        raise TooLarge("TOO_LARGE", f"The message has {len(message.body):,} bytes, more than {MAX_BYTES:,}.")
    kind = message.content_type.partition(";")[0].strip().lower()
    if kind == CSV:
        columns, n = columns_of_csv(message.body, record, max_columns)
        return MessageRows({name: cells for name, cells in columns.items() if name in set(used)}, n)
    if kind in ("", JSON, "application/octet-stream"):
        return _read_json(message.body, used)
    raise Unsupported("UNSUPPORTED_MEDIA_TYPE", f"The content type {kind[:100]!r} is neither {JSON} nor {CSV}.")


def ids_of(message: Message, endpoint_id: str, n: int) -> list[str] | None:
    """Return ids of predictions that are the same when the message comes again; None for one that has no id.

    They sort by the time that its publisher says, and otherwise by its day.
    """
    if not message.id:
        return None
    now_ms = time.time_ns() // 1_000_000
    at_ms = message.sent_at_s * 1000 if 0 < message.sent_at_s * 1000 <= now_ms else now_ms - now_ms % DAY_MS
    content = hashlib.blake2b(message.body, digest_size=16).hexdigest()  # Two messages may be given the same id.
    return repeatable_ids(f"{endpoint_id} {message.id} {content}", at_ms, n)


def _read_json(body: bytes, used: list[str]) -> MessageRows:
    value = parse_json(body)
    if isinstance(value, list):
        value = {"instances": value}
    elif isinstance(value, dict) and not isinstance(value.get("instances"), list):
        value = {"instances": [value]}
    try:
        said = cast("dict[str, Any]", _BODY.load(value))
    except ValidationError as exc:
        raise Invalid("VALIDATION_FAILED", f"The message is no list of rows: {exc.messages}"[:1000]) from exc
    if said["explain"]:
        raise Invalid("NOT_EXPLAINED", "Predictions by message are not explained: ask for explanations over HTTP.")
    columns, extra = columns_of(said["instances"], used)
    n = len(said["instances"])
    keys = row_keys(said["key"], said["keys"], n)
    lacks = partial(rows_without, said["instances"])
    return MessageRows(columns, n, keys, said["strict"], said["probabilities"], lacks, tuple(ignored_columns(extra, n)))
