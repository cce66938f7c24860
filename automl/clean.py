"""Cleaning: look at a training table once and decide the fate of each column."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.association import has_signal
from automl.column_types import TYPES, infer_type
from automl.columns import Cells, encode
from automl.errors import DataError, SpecError
from automl.facts import Facts, facts
from automl.features import Features
from automl.plan import Plan, assemble, by_name
from automl.steps import Block, Boolean, Category, Date, Number, Step, Text, calendar_parts
from automl.values import numeric_label, parse_number

MAX_LABELS = 10_000
MAX_CHOICES = 100
MANY_LABELS = 30


def fit_plan(
    frame: pd.DataFrame,
    y: npt.NDArray[np.generic] | None = None,
    *,
    target: str,
    types: Mapping[str, str] | None = None,
    exclude_columns: Collection[str] = (),
) -> Plan:
    """The plan alone; see `fit_transform`."""
    return fit_transform(frame, y, target=target, types=types, exclude_columns=exclude_columns)[0]


def fit_transform(
    frame: pd.DataFrame,
    y: npt.NDArray[np.generic] | None = None,
    *,
    target: str,
    types: Mapping[str, str] | None = None,
    exclude_columns: Collection[str] = (),
) -> tuple[Plan, Features]:
    """Learn how to clean a table, and clean it.

    Args:
        frame: n rows to learn from, the target among the columns or not.
        y: (n,) the encoded target (float for regression, int codes for classes): decides whether an id
            carries signal.
        target: name of the target column.
        types: types the user insists on, by column; the others are inferred.
        exclude_columns: columns not to use.

    Raises:
        SpecError: UNKNOWN_TYPE, UNKNOWN_COLUMN.
        DataError: NO_USABLE_COLUMN.
    """
    columns = by_name(frame)
    chosen = dict(types or {})
    _check_request(columns, chosen, exclude_columns)
    actions: list[dict[str, Any]] = []
    features: list[dict[str, Any]] = []
    steps: list[Step] = []
    blocks: list[Block] = []
    twins: dict[bytes, str] = {}
    for name, cells in columns.items():
        if name == target or not isinstance(cells, pd.Series):
            continue
        if name in exclude_columns:
            actions.append({"column": name, "action": "left out", "why": "excluded by request"})
            continue
        about = facts(cells, name)
        type_ = chosen.get(name) or infer_type(about)
        step, action, why = _decide(cells, about, type_, y)
        if name in chosen:
            why = f"{why}; type set by request"
        if step is None:
            actions.append({"column": name, "action": action, "why": why})
            continue
        block = step.apply(cells)
        twin = twins.setdefault(_fingerprint(block), name)
        if twin != name:
            actions.append({"column": name, "action": "dropped", "why": f"says the same as {twin!r} in every row"})
            continue
        actions.append({"column": name, "action": action, "why": why})
        features.append(_describe(about, step, block))
        steps.append(step)
        blocks.append(block)
    if not steps:
        raise DataError(
            "NO_USABLE_COLUMN",
            "No column is left to predict from: each is the target, constant, an id, or excluded.",
            "Add columns that say something about the rows, or exclude fewer.",
        )
    plan = Plan(target, tuple(steps), tuple(actions), tuple(features))
    return plan, assemble(steps, blocks, len(frame))


def _check_request(columns: Mapping[str, Cells], types: Mapping[str, str], excluded: Collection[str]) -> None:
    for name in [*types, *excluded]:
        if name not in columns:
            raise SpecError("UNKNOWN_COLUMN", f"The table has no column {name!r}.", "Check the spelling.", column=name)
    for name, type_ in types.items():
        if type_ not in TYPES:
            raise SpecError(
                "UNKNOWN_TYPE",
                f"Column {name!r} cannot be of type {type_!r}.",
                f"Choose one of {', '.join(TYPES)}.",
                column=name,
            )


def _decide(
    cells: pd.Series, about: Facts, type_: str, y: npt.NDArray[np.generic] | None
) -> tuple[Step | None, str, str]:
    """(step or None, action, why) for one column."""
    if type_ == "constant":
        return (
            None,
            "dropped",
            "empty in every row" if about.n_distinct == 0 else "the same value in every row",
        )
    if type_ == "id":
        return _decide_id(cells, about, y)
    if type_ == "number":
        return _number(cells, about)
    if type_ == "boolean":
        return Boolean(about.name), "kept as yes or no", "two values that say yes and no"
    if type_ == "date":
        return _date(cells, about)
    if type_ == "text":
        return Text(about.name), "kept as text", f"free text, {about.n_distinct} distinct"
    return _category(cells, about)


def _number(cells: pd.Series, about: Facts) -> tuple[Step | None, str, str]:
    decimal, unit, _ = about.number_style
    values = Number(about.name, decimal, unit).values(cells)
    known = values[~np.isnan(values)]
    if not len(known):
        return None, "dropped", "no cell reads as a number"
    offset = 0.0
    with np.errstate(over="ignore"):
        if len(np.unique(known.astype(np.float32))) < 0.99 * len(np.unique(known)):
            offset = float(np.median(known))
    broken = about.n_present - len(known)
    why = "numeric" if not broken else f"numeric; {broken} cells that are no number count as missing"
    action = "kept as number" if not unit else f"read as number of {unit}"
    return Number(about.name, decimal, unit, offset), action, why


def _date(cells: pd.Series, about: Facts) -> tuple[Step | None, str, str]:
    first = about.day_first
    seconds = Date(about.name, first).seconds(cells)
    known = seconds[~np.isnan(seconds)]
    if not len(known):
        return None, "dropped", "no cell reads as a date"
    calendar = calendar_parts(known)
    varying = [part for part, values in calendar.items() if len(np.unique(values)) > 1]
    parts = ("days", *varying)
    return Date(about.name, first, float(known.max()), parts), f"split into {', '.join(parts)}", "dates"


def _category(cells: pd.Series, about: Facts) -> tuple[Step | None, str, str]:
    codes, uniques = encode(cells)
    counted = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
    plain = Category(about.name)
    count_of: dict[str, int] = {}
    for each, count in zip(uniques, counted, strict=True):
        text = plain.key(each)
        if text is not None and count:
            count_of[text] = count_of.get(text, 0) + count
    numeric = _is_numeric_code(count_of)
    if numeric:
        merged: dict[str, int] = {}
        for text, count in count_of.items():
            key = numeric_label(text) or text
            merged[key] = merged.get(key, 0) + count
        count_of = merged
    # Few labels: keep each. Many: a label met once teaches nothing that its being rare does not.
    many = len(count_of) > MANY_LABELS
    kept = [text for text, count in count_of.items() if count > 1] if many else list(count_of)
    kept = sorted(sorted(kept, key=lambda text: (-count_of[text], text))[:MAX_LABELS])
    if not kept:
        return None, "dropped", "every label occurs only once"
    counts = tuple(count_of[text] for text in kept) if many else ()
    left = len(count_of) - len(kept)
    why = f"{len(count_of)} labels" + (f"; {left} rare ones count as one" if left else "")
    return Category(about.name, tuple(kept), numeric, counts), "kept as category", why


def _is_numeric_code(labels: Collection[str]) -> bool:
    """Whether labels such as 3 may also come as 3.0: all are numbers, none is written with leading zeros."""
    return all(
        parse_number(text) == parse_number(text) and not (len(text) > 1 and text[0] == "0" and text[1] != ".")
        for text in labels
    )


def _decide_id(cells: pd.Series, about: Facts, y: npt.NDArray[np.generic] | None) -> tuple[Step | None, str, str]:
    values = Number(about.name).values(cells)
    known = ~np.isnan(values)
    if y is not None and known.all() and has_signal(values, y):
        step, _, _ = _number(cells, about)
        return step, "kept as number", "an id, but the target changes along it"
    return None, "dropped", "an id: one value a row"


def _fingerprint(block: Block) -> bytes:
    """Equal for columns that say the same: equal numbers, or labels that differ in name only."""
    digest = hashlib.sha256()
    for numeric in block.numeric:
        digest.update(b"n" + np.ascontiguousarray(numeric, dtype=np.float64).tobytes())
    for codes in block.categorical:
        digest.update(b"c" + pd.factorize(codes)[0].tobytes())
    for text in block.text:
        digest.update(b"t" + "\0".join(text).encode(errors="surrogatepass"))
    return digest.digest()


def _describe(about: Facts, step: Step, block: Block) -> dict[str, Any]:
    """What a form should know of a column that is used."""
    complete = about.n_missing == 0
    described: dict[str, Any] = {"name": about.name, "type": step.kind, "required": complete}
    typical: Any = about.values[0][:80] if about.values else None
    if isinstance(step, Number):
        values = block.numeric[0] + step.offset
        known = values[~np.isnan(values)]
        described["required"] = len(known) == len(values)
        described["range"] = [float(known.min()), float(known.max())]
        typical = float(np.median(known))
    elif isinstance(step, Category):
        by_size = [text for text in about.values if step.key(text) is not None][:MAX_CHOICES]
        described["choices"] = by_size if len(step.labels) <= MAX_CHOICES else by_size[:MAX_CHOICES]
    elif isinstance(step, Boolean):
        described["choices"] = [text[:80] for text in about.values[:2]]
        described["required"] = not np.isnan(block.numeric[0]).any()
    elif isinstance(step, Date):
        seconds = block.numeric[0] * 86_400 + step.reference_s
        known = seconds[~np.isnan(seconds)]
        described["required"] = len(known) == len(seconds)
        moments = [np.datetime64(round(edge), "s") for edge in (known.min(), known.max())]
        described["range"] = [str(moment).removesuffix("T00:00:00") for moment in moments]
    described["typical"] = typical
    return described
