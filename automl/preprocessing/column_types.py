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
from automl.parsing.scalars import parse_number
from automl.preprocessing.column_stats import MIN_PARSE_SHARE, ColumnStats, fraction

MIN_ID_ROWS = 30
SAMPLE_VALUES = 500
MIN_GROUPS = 20
# Maximum spellings of yes and no: in small letters and capitals, with blanks around.
MAX_SPELLINGS = 12

_ID_NAME = re.compile(r"(^|[\W_])(id|ids|uuid|guid|key|pk|index|idx|rowid|row|nr|no)$|[a-z](Id|ID)$", re.ASCII)
_INDEX_NAME = re.compile(r"^(unnamed: \d+|column_1|c0|)$", re.IGNORECASE)
_CODE = re.compile(r"[\w.:#/@+=%&?~-]{1,200}|\+?[\d\s()./-]{6,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?")
"""Pattern of a code: one word, such as an address or a key, or a telephone number."""
_COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


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
    if _are_compact_dates(value.removesuffix(".0") for value, _ in pairs):
        return "date"
    return "id" if _is_integer_id(about, pairs) else "number"


def _type_of_text(about: ColumnStats, pairs: tuple[tuple[str, int], ...]) -> str:
    values, counts = [value for value, _ in pairs], [count for _, count in pairs]
    if _are_compact_dates(values):
        return "date"
    if about.number_format.share >= MIN_PARSE_SHARE:
        if _are_padded_codes(values):
            return "id" if _is_unique(about) else "category"
        return "id" if _is_integer_id(about, pairs) else "number"
    if _are_dates(values[:SAMPLE_VALUES], counts[:SAMPLE_VALUES]) and _are_dates(values, counts):
        return "date"
    return _text_or_label(about, values, counts)


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


def names_groups(about: ColumnStats) -> bool:
    """Return if a column's values are many and repeat, as those of an id of something seen several times do."""
    return MIN_GROUPS <= about.n_distinct <= about.n_present / 2


def _is_unique(about: ColumnStats) -> bool:
    return about.n_present >= MIN_ID_ROWS and about.n_distinct >= 0.999 * about.n_present and about.n_missing == 0


def _is_integer_id(about: ColumnStats, pairs: tuple[tuple[str, int], ...]) -> bool:
    """Return if whole numbers are unique and fill their range densely, as counters do, or bear an id's name."""
    if not _is_unique(about):
        return False
    if not all(parse_number(value).is_integer() for value, _ in pairs):
        return False
    if is_id_name(about.name) or _INDEX_NAME.match(about.name):
        return True
    numbers = [parse_number(value) for value, _ in pairs]
    span = max(numbers) - min(numbers) + 1
    # Numbers drawn at random would meet twice: a unique column this dense is a counter.
    return span <= 4 * about.n_rows


def _are_dates(values: list[str], counts: list[int]) -> bool:
    return fraction((math.isfinite(parse_date(value)) for value in values), counts) >= MIN_PARSE_SHARE


def _are_compact_dates(values: Iterable[str]) -> bool:
    return all(_COMPACT_DATE.fullmatch(value.strip()) for value in values)


def _are_padded_codes(values: list[str]) -> bool:
    """Return if all are digits of one length with leading zeros, such as 02139: codes, not amounts."""
    length = len(values[0])
    return (
        length >= 3
        and any(value[0] == "0" for value in values)
        and all(len(value) == length and value.isascii() and value.isdigit() for value in values)
    )
