"""Deriving parts of strings: those of a column's many labels that the target changes with.

A part is kept only where it repeats and carries signal on the training rows: what a random code is made of would
only add noise. Kept parts stand beside the whole label, which the encoders still see.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.substrings import SUBSTRING_PATTERNS, extract_substring
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.signal_tests import categories_have_signal, has_signal
from automl.preprocessing.transformers.basic import Transformer, TransformerOutput
from automl.preprocessing.transformers.strings import StringLength, SubstringCategory, TrailingNumber

MAX_SUBSTRINGS = 200
MIN_COVERAGE = 0.5
MIN_COUNT = 3
MAX_SAMPLE = 20_000

StringFeature = tuple[Transformer, TransformerOutput, str]


def select_string_features(
    cells: pd.Series, about: ColumnStats, type_: str, y: npt.NDArray[np.generic]
) -> list[StringFeature]:
    """Return (step, what it makes, its name in words) of each part worth keeping.

    Args:
        cells: (n,) a column of more labels than can be distinguished.
        about: its facts.
        type_: category, id or text; text already has its lengths.
        y: (n,) the encoded target.
    """
    if about.number_format.share > MIN_COVERAGE:
        return []  # numbers have no parts
    rows = slice(None, None, -(-len(cells) // MAX_SAMPLE))
    sample, goal = cells.iloc[rows], y[rows]
    found: list[StringFeature] = []
    seen: list[npt.NDArray[np.int64]] = []
    for which in SUBSTRING_PATTERNS:
        if type_ == "text" and which == "letters":
            continue  # the first word of a sentence
        labels = _frequent(about, which)
        if len(labels) < 2:
            continue
        step = SubstringCategory(about.name, which, labels)
        codes = step.transform(sample).categorical[0]
        groups = pd.factorize(codes)[0]
        # Two pieces that say the same are one.
        if any(np.array_equal(groups, other) for other in seen) or not categories_have_signal(codes, goal):
            continue
        seen.append(groups)
        found.append((step, step.transform(cells), _WORDS[which]))
    if type_ == "text":
        return found
    for numeric, what in ((TrailingNumber(about.name), "number"), (StringLength(about.name), "length")):
        made = numeric.transform(sample).numeric
        if type_ == "id" and isinstance(numeric, TrailingNumber) and _counts_rows(made[0]):
            continue  # S-001, S-002, …: the place of a row in the table says nothing about the next
        if any(_varies(values, goal) for values in made):
            found.append((numeric, numeric.transform(cells), what))
    return found


_WORDS = {
    "letters": "first letters",
    "title": "abbreviation",
    "first": "first part",
    "last": "last part",
}


def _frequent(about: ColumnStats, which: str) -> tuple[str, ...]:
    """Return the repeated pieces by name; none if they cover less than half of the cells or are labels themselves."""
    counted: Counter[str] = Counter()
    distinct: Counter[str] = Counter()
    for value, count in zip(about.values, about.value_counts, strict=True):
        found = extract_substring(value, which)
        if found is not None:
            counted[found] += count
            distinct[found] += 1
    kept = [text for text, count in counted.most_common(MAX_SUBSTRINGS) if count >= MIN_COUNT]
    if sum(counted[text] for text in kept) < MIN_COVERAGE * sum(about.value_counts):
        return ()
    return tuple(sorted(kept)) if max(map(distinct.__getitem__, kept)) > 1 else ()


def _varies(values: npt.NDArray[np.float64], y: npt.NDArray[np.generic]) -> bool:
    known = ~np.isnan(values)
    if known.mean() < MIN_COVERAGE or np.ptp(values[known]) == 0:
        return False
    return has_signal(values[known], y[known])


def _counts_rows(numbers: npt.NDArray[np.float64]) -> bool:
    """Return whether numbers are unique and fill their range densely, as those that count rows do."""
    known = numbers[np.isfinite(numbers)]
    unique = len(known) == len(numbers) == len(np.unique(known))
    return unique and bool(np.ptp(known) < 4 * len(known))
