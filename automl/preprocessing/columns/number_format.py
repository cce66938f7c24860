"""How a column writes its numbers: decimal sign, unit, and the currencies or units that it mixes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from automl.parsing.clock import MINUTES, clock_style
from automl.parsing.months import MONTHS
from automl.parsing.numbers import ANY_UNIT, mark_of_number, parse_number
from automl.parsing.units import CLOCK_STYLES, TIME, TIME_OF_MINUTES, UNITS_BY_DIMENSION
from automl.preprocessing.columns.decimal_sign import DecimalSign

# A few broken cells do not make a column of numbers or dates something else: they become missing.
MIN_PARSE_SHARE = 0.95
MAX_MARKS = 20
MIN_BARE_SHARE = 0.02

_UNIT = re.compile(r"\s*[-+]?[0-9][0-9.,]*\s*([^\W\d_°µ²³/]{1,10}[²³]?|[°µ][^\W\d]{0,3}|['\"])\.?\s*")
_FIRST = re.compile(r"['‘’`(+\-−–]?\s?[0-9.,]|[(\-−–+]?\s?[^\W\d_]{0,3}[.$€£¥₹₽₩₺₴₫฿₪₱₦元円]?\s?[-−–(]?\s?[0-9.]|P")

_LIMIT = re.compile(r"\s*(?:[<>]=?|=[<>]|[≤≥])\s*")


class NumberFormat(NamedTuple):
    """How a column writes numbers.

    Attributes:
        decimal: its decimal sign.
        unit: as `numbers.parse_number` takes it.
        share: of its cells that read as numbers so.
        is_sure: whether evidence decided the sign; otherwise cells could mean something else.
        is_mixed: whether its cells use both signs.
        marks: the currencies or units that differ from cell to cell and are no common scale, "" for none.
        mark: the one currency, or "%", that its cells carry.
        clock: `h:mm` or `m:ss` where its cells are clocks; "?" at the end where that is a guess.
    """

    decimal: str
    unit: str
    share: float
    is_sure: bool = True
    is_mixed: bool = False
    marks: tuple[str, ...] = ()
    mark: str = ""
    clock: str = ""


def infer_number_format(
    values: Sequence[str], counts: Sequence[int], sign: DecimalSign, requested_unit: str | None
) -> NumberFormat:
    """Return the style in which most cells read as numbers; "." and no unit where it makes no difference.

    Args:
        values: distinct cells, the words for missing left out.
        counts: how often each occurs.
        sign: what is decided of the column's decimal sign.
        requested_unit: by the user, as `numbers.parse_number` takes it.
    """

    def share(decimal: str, unit: str) -> float:
        return fraction((_parses(value, decimal, unit) for value in values), counts)

    decimal = sign.sign
    if requested_unit is None and _are_floats(values, decimal):
        return NumberFormat(decimal, "", 1.0 if values else 0.0, sign.is_sure, sign.is_mixed)
    if requested_unit is None and not any(_FIRST.match(value.lstrip()) for value in values[:200]):
        return NumberFormat(".", "", share(".", ""))
    units = {requested_unit} if requested_unit is not None else {"", *_likely_units(values, counts)}
    best = max((share(decimal, unit), not unit, unit) for unit in units)
    if sign.is_mixed and best[0] < MIN_PARSE_SHARE and decimal == ".":
        other = max((share(",", unit), not unit, unit) for unit in units)  # reads 3.5 as well
        if other[0] > best[0]:
            best, decimal = other, ","
    found = NumberFormat(decimal, best[2], best[0], sign.is_sure, sign.is_mixed)
    if best[0] < MIN_PARSE_SHARE and requested_unit is None:
        found = _with_dimension(found, values, counts) or _with_any_unit(found, values, counts) or found
    return _with_clock(_with_marks(found, values, counts), values, requested_unit)


def unit_of_values(form: NumberFormat) -> str:
    """Return the unit that the numbers are in once they are read, "" where it is none or differs from row to row."""
    if form.unit in CLOCK_STYLES:
        return "seconds"
    if form.unit in UNITS_BY_DIMENSION:
        return form.unit.partition("(")[2].rstrip(")")
    return "" if form.unit == ANY_UNIT or form.marks else form.unit or form.mark


def is_limit(text: str, form: NumberFormat) -> bool:
    """Return whether a cell says that an amount lies beyond one that could be measured: `<0.5`, `> 100`, `≤ 3 kg`."""
    found = _LIMIT.match(text)
    return found is not None and _parses(text[found.end() :], form.decimal, form.unit)


def fraction(flags: Iterable[bool], counts: Iterable[int]) -> float:
    """Return the share of cells whose value is flagged; 0 where there are none."""
    hits = total = 0
    for flag, count in zip(flags, counts, strict=True):
        hits += count * flag
        total += count
    return hits / total if total else 0.0


def _are_floats(values: Iterable[str], decimal: str) -> bool:
    try:
        for value in values:
            if (decimal == "," and "." in value) or "_" in value or float(value) - float(value) != 0:
                return False
    except ValueError:
        return False
    return True


def _parses(value: str, decimal: str, unit: str) -> bool:
    number = parse_number(value, decimal, unit)
    return number == number


def _likely_units(values: Sequence[str], counts: Sequence[int]) -> set[str]:
    """Return the ending that at least half of the cells carry, if any."""
    endings: Counter[str] = Counter()
    for value, count in zip(values, counts, strict=True):
        found = _UNIT.fullmatch(value) if len(value) <= 40 else None
        if found:
            endings[found[1].lower()] += count
    return {ending for ending, count in endings.items() if count >= 0.5 * sum(counts)}


def _with_dimension(found: NumberFormat, values: Sequence[str], counts: Sequence[int]) -> NumberFormat | None:
    """Return the format with one of `UNITS_BY_DIMENSION` where most cells carry its units."""
    for unit in UNITS_BY_DIMENSION:
        reads = fraction((_parses(value, found.decimal, unit) for value in values[:50]), counts[:50])
        if reads <= 0.5:
            continue
        share = fraction((_parses(value, found.decimal, unit) for value in values), counts)
        if share > max(found.share, 0.8):
            return found._replace(unit=unit, share=share)
    return None


def _with_any_unit(found: NumberFormat, values: Sequence[str], counts: Sequence[int]) -> NumberFormat | None:
    """Return the format of numbers that are each followed by a word, of which there are few: 5 boxes, 3 packs."""
    endings: Counter[str] = Counter()
    for value, count in zip(values, counts, strict=True):
        ending = mark_of_number(value, ANY_UNIT) if " " in value.strip() or "°" in value else ""
        if ending:
            endings[ending] += count
    if endings.keys() <= MONTHS.keys():
        return None  # 2024 Mar is no amount of Marches.
    if not 2 <= len(endings) <= MAX_MARKS or min(endings.values()) < 2 or sum(endings.values()) < 0.5 * sum(counts):
        return None
    share = fraction((_parses(value, found.decimal, ANY_UNIT) for value in values), counts)
    return found._replace(unit=ANY_UNIT, share=share) if share >= MIN_PARSE_SHARE else None


def _with_marks(found: NumberFormat, values: Sequence[str], counts: Sequence[int]) -> NumberFormat:
    """Return the format with the currencies or units that its cells mix."""
    marks: Counter[str] = Counter()
    for value, count in zip(values, counts, strict=True):
        if _parses(value, found.decimal, found.unit):
            marks[mark_of_number(value, found.unit)] += count
    named = [mark for mark in marks if mark]
    bare = marks[""] / (sum(marks.values()) or 1)
    if len(named) == 1 and bare < 0.5:
        found = found._replace(mark=named[0])
    if len(named) > MAX_MARKS or (len(named) < 2 and not ("%" in named and MIN_BARE_SHARE <= bare <= 0.98)):
        return found
    return found._replace(marks=tuple(sorted(marks)))


def _with_clock(found: NumberFormat, values: Sequence[str], requested_unit: str | None) -> NumberFormat:
    if found.unit not in (TIME, TIME_OF_MINUTES):
        return found
    style = clock_style(values)
    if style is None:
        return found
    if requested_unit is not None:
        return found._replace(clock=MINUTES if found.unit == TIME_OF_MINUTES else style[0])
    unit = TIME_OF_MINUTES if style[0] == MINUTES else TIME
    return found._replace(unit=unit, clock=style[0] + ("" if style[1] else "?"))
