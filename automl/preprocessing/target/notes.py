"""What should be known of a target before and after training: rows left out, spellings merged, doubtful labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import NamedTuple

import numpy as np

from automl.parsing.labels import LABEL_MISSING_WORDS, label_key
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import MISSING_WORDS
from automl.preprocessing.target.encode import Target
from automl.preprocessing.target.task import MAX_INTEGER_CLASSES
from automl.wording import plural

MAX_LISTED = 5
MAX_CHARACTERS = 40
MOSTLY = 0.5
"""Share of a target's rows from which numbers among its labels make one doubt that it holds labels."""


class Note(NamedTuple):
    """Severity is `warning` or `info`; `reason` is a stable name, `detail` and `fix` are sentences."""

    severity: str
    reason: str
    detail: str
    fix: str


def target_notes(target: Target) -> Iterator[Note]:
    """Yield what is to be said of a target."""
    n_missing = int((~target.mask).sum())
    if n_missing:
        words = [(_quoted(word) if word else "empty", count) for word, count in target.missing]
        listed = ", ".join(f"{what} ({count:,})" for what, count in words[:MAX_LISTED]) + _more(words)
        detail = f"The target is missing in {n_missing:,} of {plural(len(target.mask), 'row')}: {listed}."
        yield Note("info", "TARGET_MISSING", detail, "These rows are not used for training.")
    merged = [(label, forms) for label, forms in zip(target.classes, target.spellings, strict=True) if len(forms) > 1]
    if merged:
        listed = "; ".join(
            f"{_counted(forms)} are predicted as {_quoted(label)}" for label, forms in merged[:MAX_LISTED]
        )
        detail = f"Labels that differ only in spelling are one class: {listed}{_more(merged)}."
        fix = "If they mean different things, rename them: blanks around a label, case and Unicode form do not count."
        yield Note("warning", "LABELS_MERGED", detail, fix)
    yield from _doubtful(target)


def _doubtful(target: Target) -> Iterator[Note]:
    if target.task == "regression":
        return
    doubtful = MISSING_WORDS - LABEL_MISSING_WORDS | {"na", "-"}
    counts = target.class_counts
    kept = [
        (label, int(count))
        for label, count in zip(target.classes, counts, strict=True)
        if label_key(label) in doubtful and not (label == "-" and "+" in target.classes)
    ]
    if kept:
        detail = f"{_counted(kept)} may mean missing; kept as a class."
        yield Note("warning", "LABEL_MAY_BE_MISSING", detail, "Clear these cells if they have no value.")
    are_numbers = np.array([parse_number(label) == parse_number(label) for label in target.classes])
    share = counts[are_numbers].sum() / counts.sum()
    if MOSTLY < share < 1 and len(target.classes) > MAX_INTEGER_CLASSES:
        words = [label for label, is_number in zip(target.classes, are_numbers, strict=True) if not is_number]
        named = ", ".join(map(_quoted, words[:MAX_LISTED])) + _more(words)
        detail = f"{share:.0%} of the target's values are numbers; because of {named} they are treated as labels."
        fix = "If they are amounts, clear the cells that are not numbers, and choose regression."
        yield Note("warning", "TARGET_MOSTLY_NUMBERS", detail, fix)


def _counted(forms: Iterable[tuple[str, int]]) -> str:
    forms = list(forms)
    return ", ".join(f"{_quoted(text)} ({count:,})" for text, count in forms[:MAX_LISTED]) + _more(forms)


def _more(listed: Sized) -> str:
    return ", …" if len(listed) > MAX_LISTED else ""


def _quoted(text: str) -> str:
    return repr(text[:MAX_CHARACTERS])
