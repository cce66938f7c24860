"""Column types: what a column holds, inferred from its cells.

number    amounts and counts, also written as 1,234 or $5 or 12% or 5 kg
boolean   yes/no, true/false, 1/0
category  labels that repeat
date      days or moments
text      free text
id        a different value in every row: names the row, says nothing about it
constant  the same everywhere, or nothing anywhere
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from automl.parsing.dates import parse_date
from automl.parsing.labels import are_boolean_words, fold
from automl.parsing.numbers import canonical_integer, parse_number
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.number_format import MIN_PARSE_SHARE, fraction, is_limit
from automl.preprocessing.columns.short_dates import DAYS, read_short_dates

MIN_ID_ROWS = 30
SAMPLE_VALUES = 500
MIN_GROUPS = 20
# Maximum spellings of yes and no: in small letters and capitals, with blanks around.
MAX_SPELLINGS = 12

_ID_NAME = re.compile(r"(^|[\W_])(id|ids|uuid|guid|key|pk|index|idx|rowid|row|nr|no)$|[a-z](Id|ID)$", re.ASCII)
_INDEX_NAME = re.compile(
    r"^(unnamed: \d+|column_1|c0|\.\.\.1|#|no\.|nr\.|row_?(num|number|names?)?|zeile|lfd.*|s\.?no\.?|sl\.?no\.?|)$",
    re.IGNORECASE,
)
_CODE = re.compile(r"[\w.:#/@+=%&?~-]{1,200}|\+?[\d\s()./-]{6,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?")
"""Pattern of a code: one word, such as an address or a key, or a telephone number."""
_COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_COMPACT_MONTH = re.compile(r"(19|20)\d\d\.?(0[1-9]|1[0-2])|(0[1-9]|1[0-2])\.(19|20)\d\d", re.ASCII)
MIN_MONTHS = 6
"""Distinct cells such as 202403 or 03.2024 that must all be months before numbers are taken for such."""
MOSTLY_SHARE = 0.8
MIN_MOSTLY_VALUES = 20
"""A column that reads as numbers, or dates, in this share of its cells is one if it has so many distinct ones: a few
labels, some of them digits, stay labels."""
_DOTTED = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,5})", re.ASCII)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_VERSION_NAME = re.compile(
    r"(^|[\W_])(ver|vers|version|versions|release|build|firmware)$|[a-z](Version|Release)$", re.ASCII
)
_DATE_NAME = re.compile(r"date|day|datum|tag|fecha|data|when|born|birth", re.IGNORECASE)
_GRADE = re.compile(r"\d{1,2}\s?[-−–]", re.ASCII)
EXACT_INTEGER = 2**53
"""Beyond it float64 does not tell all whole numbers apart."""


def infer_type(about: ColumnStats) -> str:
    """Return one of `COLUMN_TYPES`."""
    if about.n_distinct == 0 or (about.n_distinct == 1 and about.n_missing == 0):
        return "constant"
    if about.dtype_kind in ("boolean", "date", "category"):
        return about.dtype_kind
    pairs = about.non_missing
    if len(pairs) <= MAX_SPELLINGS and are_boolean_words({fold(value) for value, _ in pairs}):
        return "boolean"
    if not pairs:
        return "number" if about.dtype_kind == "number" else "category"
    if about.dtype_kind == "number":
        return _number_or_id(about, pairs)
    return _type_of_text(about, pairs)


def _number_or_id(about: ColumnStats, pairs: tuple[tuple[str, int], ...]) -> str:
    values = [value.removesuffix(".0") for value, _ in pairs]
    if _are_compact_dates(values) or _are_compact_months(values):
        return "date"
    if collapse_as_floats(values):
        return "id" if _is_unique(about) else "category"
    return "id" if _is_integer_id(about, pairs) else "number"


def _type_of_text(about: ColumnStats, pairs: tuple[tuple[str, int], ...]) -> str:
    values, counts = [value for value, _ in pairs], [count for _, count in pairs]
    if _are_compact_dates(values) or _are_compact_months(values):
        return "date"
    if _are_labels_of_digits(about, values):
        return "id" if _is_unique(about) else "category"
    if about.number_format.share >= MIN_PARSE_SHARE:
        return "id" if _is_integer_id(about, pairs) else "number"
    short = read_short_dates(values)
    if short is not None and short.reading == DAYS:
        return _text_or_label(about, values, counts)  # 5 Jan is no moment without a year.
    share = _date_share(about, values[:SAMPLE_VALUES], counts[:SAMPLE_VALUES])
    if share >= MOSTLY_SHARE and not are_versions(about.name, values):
        share = _date_share(about, values, counts)
        if share >= MIN_PARSE_SHARE or (share >= MOSTLY_SHARE and len(values) >= MIN_MOSTLY_VALUES):
            return "date"
    is_mostly = about.number_format.share >= MOSTLY_SHARE or are_amounts_and_limits(about)
    if is_mostly and count_numbers(about, values) >= MIN_MOSTLY_VALUES:
        return "number"
    return _text_or_label(about, values, counts)


def count_numbers(about: ColumnStats, values: list[str]) -> int:
    decimal, unit = about.number_format.decimal, about.number_format.unit
    return len({parse_number(value, decimal, unit) for value in values} - {math.nan})


def are_amounts_and_limits(about: ColumnStats) -> bool:
    """Return whether the cells are numbers, or limits of what could be measured such as <0.5, and some are such."""
    form = about.number_format
    limits = [is_limit(value, form) for value, _ in about.non_missing]
    if not any(limits):
        return False
    counts = [count for _, count in about.non_missing]
    return form.share + fraction(limits, counts) >= MIN_PARSE_SHARE


def _are_labels_of_digits(about: ColumnStats, values: list[str]) -> bool:
    """Return whether cells that read as numbers are none: codes, addresses, versions, grades, too long keys."""
    if about.number_format.share < MIN_PARSE_SHARE:
        return False
    if _are_padded_codes(values) or collapse_as_floats(values):
        return True
    if all(_ADDRESS.fullmatch(value.strip()) for value in values):
        return True
    if is_version_name(about.name) and any("." in value for value in values):
        return True
    # 2- is a little less than 2 in schools, and minus 2 in the books of a firm, which have many amounts.
    graded = [value for value in values if value.strip()[-1:] in "-−–"]
    return (
        bool(graded) and len(values) <= MIN_MOSTLY_VALUES and all(_GRADE.fullmatch(value.strip()) for value in graded)
    )


def collapse_as_floats(values: Iterable[str]) -> bool:
    """Return whether whole numbers are so long that float64 takes different ones for the same."""
    whole = [canonical_integer(value) for value in values]
    long = {text for text in whole if text is not None and len(text) > 15 and abs(int(text)) > EXACT_INTEGER}
    return len({float(text) for text in long}) < len(long)


def _text_or_label(about: ColumnStats, values: list[str], counts: list[int]) -> str:
    unique = _is_unique(about)
    if unique and fraction([_CODE.fullmatch(value) is not None for value in values], counts) >= MIN_PARSE_SHARE:
        return "id"
    total = sum(counts)
    words = sum(len(value.split()) * count for value, count in zip(values, counts, strict=True)) / total
    length = sum(len(value) * count for value, count in zip(values, counts, strict=True)) / total
    distinct_share = len(values) / total
    if len(values) >= 20 and distinct_share > 0.3 and (words >= 2.5 or (length > 40 and words > 1.2)):
        return "text"
    return "text" if unique else "category"


def is_id_name(name: str) -> bool:
    """Return whether a column is named as ids are (`customer_id`, `orderId`, `key`, `nr` …)."""
    return bool(_ID_NAME.search(name))


def is_version_name(name: str) -> bool:
    """Return whether a column is named as those of versions are."""
    return _VERSION_NAME.search(name) is not None


def are_codes(about: ColumnStats) -> bool:
    """Return whether the values can name things: they are labels or whole numbers, no measurements."""
    if about.number_format.share < MIN_PARSE_SHARE:
        return True
    return all(canonical_integer(value) is not None for value, _ in about.non_missing[:SAMPLE_VALUES])


def names_rows(name: str) -> bool:
    """Return whether a column is named as ids and row numbers are, or not named at all."""
    return is_id_name(name) or _INDEX_NAME.match(name) is not None


def names_groups(about: ColumnStats) -> bool:
    """Return if a column's values are many and repeat, as those of an id of something seen several times do."""
    return MIN_GROUPS <= about.n_distinct <= about.n_present / 2


def _is_unique(about: ColumnStats) -> bool:
    return about.n_present >= MIN_ID_ROWS and about.n_distinct >= 0.999 * about.n_present and about.n_missing == 0


def _is_integer_id(about: ColumnStats, pairs: tuple[tuple[str, int], ...]) -> bool:
    """Return if whole numbers are unique and fill their range densely, as counters do, or bear an id's name."""
    form = about.number_format
    if not _is_unique(about) or form.unit or form.mark or form.marks:
        return False
    if not all(parse_number(value).is_integer() for value, _ in pairs):
        return False
    if names_rows(about.name):
        return True
    numbers = [parse_number(value) for value, _ in pairs]
    span = max(numbers) - min(numbers) + 1
    # Numbers drawn at random would meet twice: a unique column this dense is a counter.
    return span <= 4 * about.n_rows


def _date_share(about: ColumnStats, values: list[str], counts: list[int]) -> float:
    order = about.date_order.order
    return fraction((math.isfinite(parse_date(value, order)) for value in values), counts)


def are_versions(name: str, values: list[str]) -> bool:
    """Return whether cells such as 7.4.33 or 10.0.19041 number versions, for all that they could be dates.

    Dates are padded (07.04.33) or reach the days past the twelfth; versions do neither, or only by chance.
    """
    found = [_DOTTED.fullmatch(value.strip()) for value in values]
    if not found or not all(found):
        return False
    parts = [match.groups() for match in found if match is not None]
    if is_version_name(name):
        return True
    if _DATE_NAME.search(name) or any(part[0] == "0" for first, then, _ in parts for part in (first, then)):
        return False
    years = [int(last) for _, _, last in parts if len(last) > 2]
    if years:
        return sum(1800 <= year <= 2200 for year in years) < len(years) / 2
    late = sum(int(first) > 12 for first, _, _ in parts)
    return late < 0.1 * len(parts)


def _are_compact_dates(values: Iterable[str]) -> bool:
    return all(_COMPACT_DATE.fullmatch(value.strip()) for value in values)


def _are_compact_months(values: list[str]) -> bool:
    return len(values) >= MIN_MONTHS and all(_COMPACT_MONTH.fullmatch(value.strip()) for value in values)


def _are_padded_codes(values: list[str]) -> bool:
    """Return if all are digits of one length with leading zeros, such as 02139: codes, not amounts."""
    length = len(values[0])
    return (
        length >= 3
        and any(value[0] == "0" for value in values)
        and all(len(value) == length and value.isascii() and value.isdigit() for value in values)
    )
