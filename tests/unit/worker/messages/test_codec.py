"""Messages as lines of JSON: what is sent is received, and nothing else is taken for a message."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.records import Json
from worker.messages.codec import BadMessage, decode_from_child, decode_to_child, encode
from worker.messages.from_child import FromChild, Heartbeat, PollUpdates, Prepared, TrialFinished
from worker.messages.to_child import RunTask, Stop, ToChild

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS
VALUES = st.recursive(
    SCALARS | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
# Whatever is the engine's or its user's own: names that are those of a message's parts among them.
OBJECTS = st.dictionaries(st.text() | st.sampled_from(["type", "request", "csv"]), VALUES, max_size=4)


def messages(kind: Any) -> st.SearchStrategy[Any]:
    """Messages of a type, the fields of which hold what their hints say."""
    return st.builds(kind, **{name: _values(hint) for name, hint in get_type_hints(kind).items()})


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint == Json:
        return OBJECTS
    if hint in (int, float):
        return INTEGERS if hint is int else FLOATS
    if get_origin(hint) is list:
        return st.lists(_values(get_args(hint)[0]), max_size=3)
    if get_origin(hint) is UnionType:
        return st.one_of(map(_values, get_args(hint)))
    return messages(hint) if is_dataclass(hint) else st.from_type(hint)


@pytest.mark.parametrize("kind", get_args(ToChild), ids=lambda kind: kind.__name__)
@given(st.data())
def test_what_the_parent_sends_the_child_receives(kind: type[ToChild], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_to_child(line) == message


@pytest.mark.parametrize("kind", get_args(FromChild), ids=lambda kind: kind.__name__)
@given(st.data())
def test_what_the_child_sends_the_parent_receives(kind: type[FromChild], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_from_child(line) == message


def test_every_message_goes_one_way() -> None:
    assert not set(get_args(ToChild)) & set(get_args(FromChild))
    with pytest.raises(BadMessage, match="unknown type 'Stop'"):
        decode_from_child(encode(Stop()))
    with pytest.raises(BadMessage, match="unknown type 'Heartbeat'"):
        decode_to_child(encode(Heartbeat()))


def test_numbers_of_numpy_are_numbers() -> None:
    message = TrialFinished({"score": np.float64(0.5), "folds": np.int64(3)})
    assert decode_from_child(encode(message)) == TrialFinished({"score": 0.5, "folds": 3})


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"type": "Nothing"}, "unknown type 'Nothing'"),
        ({"type": ["PollUpdates"]}, "unknown type"),
        ({"last": True}, "unknown type None"),
        ([1, 2], "unknown type"),
        ({"type": "PollUpdates", "last": True, "first": False}, "unexpected keyword argument 'first'"),
        ({"type": "PollUpdates"}, "missing 1 required positional argument: 'last'"),
    ],
)
def test_what_is_no_message_is_refused_with_what_is_wrong(data: object, error: str) -> None:
    assert decode_from_child(encode(PollUpdates(last=True))) == PollUpdates(last=True)
    with pytest.raises(BadMessage, match=error):
        decode_from_child(orjson.dumps(data))


def test_a_task_that_is_unknown_is_refused() -> None:
    task: Json = {"type": "RunTask", "folder": "/", "log_format": "json", "log_names": {}}
    with pytest.raises(BadMessage, match="unknown type 'Stop': expected one of ConvertRequest"):
        decode_to_child(orjson.dumps({**task, "request": {"type": "Stop"}}))
    with pytest.raises(BadMessage, match="'request'"):
        decode_to_child(orjson.dumps(task))
    whole = decode_to_child(orjson.dumps({**task, "request": {"type": "ExportRequest", "member": None}}))
    assert isinstance(whole, RunTask)


def test_a_line_that_was_cut_off_is_refused() -> None:
    with pytest.raises(BadMessage, match="no JSON"):
        decode_from_child(encode(Prepared("binary", "auc", greater_is_better=True))[:-9])
