"""Convert JSON to frozen dataclasses, by their type hints.

The conversion is tolerant where a newer or older server may differ (unknown fields are ignored, absent and null ones
take the default), and strict where the response is unusable (no id). Times are aware `datetime`s in UTC, sizes are
bytes, durations are seconds.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

from ..errors import UnexpectedResponse


def no_html(record: object) -> str | None:
    """Return None, so that a notebook shows the record's repr."""
    return None


@dataclass(frozen=True, kw_only=True)
class Record:
    """Hold a response of the server.

    Attributes:
        raw: The JSON as it came, which may have fields that this version of the client does not know.
        html_renderer: Function that returns a record as HTML for notebooks; if it returns None, the repr is shown.
    """

    # The package sets it, because views import the records and not the other way round.
    html_renderer: ClassVar[Callable[[object], str | None]] = no_html

    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make a record from a JSON object.

        Args:
            data: The object, as `json.loads` returns it.

        Raises:
            UnexpectedResponse: `data` is not an object, lacks an id, or has a value of another type.
        """
        name = cls.__name__
        if not isinstance(data, dict):
            raise UnexpectedResponse(f"{name}: expected a JSON object, got {type(data).__name__}. {_ADVICE}")
        hints = _hints(typing.cast(Hashable, cls))
        given = [item.name for item in fields(cls) if item.name != "raw" and data.get(item.name) is not None]
        try:
            return cls(raw=data, **{key: _convert(data[key], hints[key]) for key in given})
        except (TypeError, ValueError, OverflowError) as exc:
            raise UnexpectedResponse(f"{name}: {exc}. {_ADVICE}") from exc

    def _repr_html_(self) -> str | None:
        return Record.html_renderer(self)


_ADVICE = "Does the address lead to a No Brains ML server of this client's version?"


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(value: Any, hint: Any) -> Any:
    """Convert `value` to the type `hint`; plain JSON types pass unchanged."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _convert(value, arguments[0])
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, got {value!r:.80}")
        return tuple(_convert(item, arguments[0]) for item in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise TypeError(f"expected an object, got {value!r:.80}")
        return {key: _convert(item, arguments[1]) for key, item in value.items()}
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is float:
        return float(value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_json(value)
    return value
