"""Filters and orders of MLflow's searches: `metrics.auc > 0.9 and tags.mlflow.runName = 'first'`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.mlflow.requests import refuse

Value = float | str
Fields = Callable[[str], Mapping[str, Value | None]]
"""From a kind, one of `KINDS`, to what an item has of it."""

KINDS = {
    **dict.fromkeys(("metric", "metrics"), "metrics"),
    **dict.fromkeys(("param", "params", "parameter", "parameters"), "params"),
    **dict.fromkeys(("tag", "tags"), "tags"),
    **dict.fromkeys(("attribute", "attributes", "attr", "run"), "attributes"),
}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_NAME = r"(?:(?P<kind>[A-Za-z]+)\.)?(?P<key>`[^`]+`|\"[^\"]+\"|[A-Za-z_][\w./-]*)"
_COMPARISON = re.compile(
    rf"\s*{_NAME}\s*(?P<operator>!=|>=|<=|=|>|<)\s*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*"
)
_AND = re.compile(r"and\b", re.IGNORECASE)
_ORDER = re.compile(rf"\s*{_NAME}(?:\s+(?P<way>asc|desc))?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Searchable:
    """What may be named in a search of one kind of thing.

    Attributes:
        texts, numbers: names of its attributes.
        kinds: of `KINDS` that it has besides.
    """

    texts: frozenset[str]
    numbers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comparison:
    """One comparison of a filter."""

    kind: str
    key: str
    operator: str
    value: Value

    def holds(self, fields: Fields) -> bool:
        """Return whether it holds for an item; for one without that field none does."""
        found = fields(self.kind).get(self.key)
        return found is not None and _OPERATORS[self.operator](found, self.value)


@dataclass(frozen=True)
class Order:
    """One field to sort by."""

    kind: str
    key: str
    descending: bool


def parse_filter(text: str, searchable: Searchable) -> list[Comparison]:
    """Return the comparisons of a filter, all of which must hold. Raises Malformed, naming what is not understood."""
    found: list[Comparison] = []
    rest = text.strip()
    while rest:
        if found:
            joined = _AND.match(rest)
            if joined is None:
                refuse("filter", f"{rest[:100]!r} is not understood: comparisons are joined by `and` alone.")
            rest = rest[joined.end() :]
        match = _COMPARISON.match(rest)
        if match is None:
            what = f"{rest[:100]!r} is not understood" if rest.strip() else "there is nothing after the last `and`"
            refuse("filter", f"{what}. Write metrics.x > 0.5, or params.x = 'text'.")
        found.append(_comparison(match, searchable))
        rest = rest[match.end() :]
    return found


def parse_order(clauses: Sequence[str], searchable: Searchable) -> list[Order]:
    """Return the fields to sort by, the first one first. Raises Malformed, naming what is not understood."""
    orders = []
    for clause in clauses:
        match = _ORDER.fullmatch(clause)
        if match is None:
            refuse("order_by", f"{clause[:100]!r} is not understood. Write metrics.x DESC.")
        kind, key = _named(match, searchable, "order_by")
        orders.append(Order(kind, key, (match["way"] or "").lower() == "desc"))
    return orders


def select(
    items: Iterable[Any], comparisons: Sequence[Comparison], orders: Sequence[Order], fields_of: Callable[[Any], Fields]
) -> list[Any]:
    """Return the items for which all comparisons hold, sorted as `sort_by` does."""
    found = [item for item in items if all(comparison.holds(fields_of(item)) for comparison in comparisons)]
    sort_by(found, orders, fields_of)
    return found


def sort_by(items: list[Any], orders: Sequence[Order], fields_of: Callable[[Any], Fields]) -> None:
    """Sort in place, stably; items without the field come last either way."""
    for order in reversed(orders):
        values: dict[int, Any] = {id(item): fields_of(item)(order.kind).get(order.key) for item in items}
        with_value = [item for item in items if values[id(item)] is not None]
        without = [item for item in items if values[id(item)] is None]
        with_value.sort(key=lambda item: values[id(item)], reverse=order.descending)
        items[:] = with_value + without


def _comparison(match: re.Match[str], searchable: Searchable) -> Comparison:
    kind, key = _named(match, searchable, "filter")
    sign, written = match["operator"], match["value"]
    quoted = written[0] in "'\""
    numeric = kind == "metrics" or (kind == "attributes" and key in searchable.numbers)
    if numeric and quoted:
        refuse("filter", f"{key!r} is a number: compare it with one, without quotation marks.")
    if not numeric and not quoted:
        refuse("filter", f"{key!r} is a text: write the value in quotation marks.")
    if not numeric and sign not in ("=", "!="):
        refuse("filter", f"{key!r} is a text, which can be compared by = and != alone.")
    return Comparison(kind, key, sign, written[1:-1] if quoted else float(written))


def _named(match: re.Match[str], searchable: Searchable, field: str) -> tuple[str, str]:
    """Return the kind and the key of what is named."""
    written, key = match["kind"], match["key"].strip('`"')
    kind = KINDS.get(written.lower()) if written else "attributes"
    attributes = searchable.texts | searchable.numbers
    if kind is None or (kind != "attributes" and kind not in searchable.kinds):
        known = ", ".join(f"{each}." for each in ("attributes", *sorted(searchable.kinds)))
        refuse(field, f"{written!r} is nothing to search by here: there is {known}")
    if kind == "attributes" and key not in attributes:
        refuse(field, f"{key[:100]!r} is no attribute to search by: there is {', '.join(sorted(attributes))}.")
    return kind, key
