"""Dates of two parts: the name of a month beside two digits, which are a day of it or a year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from automl.parsing.months import MONTHS

DAYS, YEARS, EITHER = "days", "years", "either"
MIN_MONTHS = 2
"""Different months that must be named: `Set 1`, `Set 2` are no Septembers."""
PROBED = 200
"""Cells that must all be such dates before the others are looked at."""
MAX_YEARS = 15
MIN_MONTHS_OF_YEARS = 6
"""Two digits that follow each other, of so few values and beside so many months, are years."""

_SHORT = re.compile(
    r"(?P<before>\d{1,2})(?P<ordinal>st|nd|rd|th)?[-/. ]*(?P<name>[a-zÀ-ÿ]{3,10})\.?"
    r"|(?P<named>[a-zÀ-ÿ]{3,10})\.?[-/., ]*(?P<quote>')?(?P<after>\d{1,2})(?P<ending>st|nd|rd|th)?",
    re.IGNORECASE,
)


class ShortDates(NamedTuple):
    """What a column's dates of two parts are.

    Attributes:
        reading: of the digits: `days`, `years`, or `either`.
        name_first: whether the month stands before them, as in `Jan-24`.
        example: one of the cells.
    """

    reading: str
    name_first: bool
    example: str


def read_short_dates(values: Sequence[str]) -> ShortDates | None:
    """Return what the cells are, None where any is something else."""
    if not values or not all(map(_match, values[:PROBED])):
        return None
    found = [match for value in values if (match := _match(value))]
    months = {MONTHS[(match["name"] or match["named"]).lower()] for match in found}
    orders = {match["named"] is not None for match in found}
    if len(found) < len(values) or len(months) < MIN_MONTHS or len(orders) > 1:
        return None
    name_first = orders.pop()
    texts = [match["before"] or match["after"] for match in found]
    numbers = {int(text) for text in texts}
    example = max(values[:PROBED], key=lambda value: sum(map(str.isdigit, value))).strip()
    if any(number > 31 or number == 0 for number in numbers) or any(match["quote"] for match in found):
        return ShortDates(YEARS, name_first, example)
    if any(len(text) == 1 for text in texts) or any(match["ordinal"] or match["ending"] for match in found):
        return ShortDates(DAYS, name_first, example)
    in_turn = max(numbers) - min(numbers) < min(len(numbers) + 1, MAX_YEARS)
    likely = name_first and in_turn and len(months) >= MIN_MONTHS_OF_YEARS
    return ShortDates(YEARS if likely else EITHER, name_first, example)


def _match(value: str) -> re.Match[str] | None:
    found = _SHORT.fullmatch(value.strip())
    return found if found and (found["name"] or found["named"]).lower() in MONTHS else None
