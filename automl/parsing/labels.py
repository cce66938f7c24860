"""Labels: which cells of a column say the same, and which say "no value".

Target, feature and prediction are read by the same rules. Blanks around a label, its case and its Unicode form make no
difference; whole numbers may come as 3 or as 3.0. The spelling that occurs most often stands for a label.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from automl.parsing.numbers import NAN, canonical_integer, parse_number
from automl.parsing.scalars import MISSING_WORDS, to_label

# In pairs: what says yes, and what says no. Of other languages those that are no common word of another.
_ANSWERS = (
    ("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"), ("✓", "✗"), ("✔", "✘"), ("✅", "❌"),
    ("ja", "nein"), ("oui", "non"), ("sí", "no"), ("sim", "não"), ("да", "нет"), ("是", "否"),
)  # fmt: skip
_STATES = (("on", "off"), ("enabled", "disabled"), ("active", "inactive"), ("present", "absent"))
BOOLEAN_PAIRS = (*_ANSWERS, *_STATES)
TRUE_WORDS = frozenset(yes for yes, _ in BOOLEAN_PAIRS)
FALSE_WORDS = frozenset(no for _, no in BOOLEAN_PAIRS)
_ANSWER_WORDS = frozenset(word for pair in _ANSWERS for word in pair)

LABEL_MISSING_WORDS = MISSING_WORDS - {
    "none", "nil", "missing", "unknown", "undefined", "not available", "inf", "-inf", "+inf", "infinity", "-infinity",
}  # fmt: skip
"""Words that stand for "no value" among labels too. "None" or "unknown" may well be an answer."""

_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")
_CODE_OF_TWO = re.compile(r"[A-Z]{2}|[a-z]{2}")


def strip_label(text: str) -> str:
    """Return a label without the blanks and invisible marks around it."""
    stripped = text.strip()
    while stripped and (stripped[0] in _INVISIBLE or stripped[-1] in _INVISIBLE):
        stripped = stripped.strip(_INVISIBLE).strip()
    return stripped


def fold(text: str) -> str:
    """Return a text without what makes no difference: blanks around it, case, and Unicode form."""
    if text.isascii():
        return text.strip().lower()
    folded = unicodedata.normalize("NFD", strip_label(text)).casefold()
    return unicodedata.normalize("NFC", folded)


def label_key(value: object) -> str | None:
    """Return what labels are compared by, equal for all spellings of one; None where missing."""
    text = to_label(value)
    if text is None:
        return None
    key = fold(text)
    found = _WHOLE.fullmatch(key)
    return (found[1] if found else key) or None


def canonical_label(value: object) -> str | None:
    """Return the key of a label coded by a number: 3, 3.0, "3" and " 3" are all the same."""
    text = to_label(value)
    if text is None:
        return None
    if (whole := canonical_integer(text)) is not None:
        return whole  # exact, however many digits
    number = parse_number(value if type(value) is float else text)
    if number != number:
        return label_key(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def are_boolean_words(words: Collection[str]) -> bool:
    """Return whether a column's folded words say yes and no, and nothing else.

    They are one pair of words, or several pairs of answers mixed; but `active`, `on` and `present` are three states.
    """
    found = {_WHOLE.sub(r"\1", word) for word in words}
    if any(found == set(pair) for pair in BOOLEAN_PAIRS):
        return True
    return found <= _ANSWER_WORDS and any(found >= set(pair) for pair in _ANSWERS)


def parse_boolean(value: object) -> float:
    """Return 1.0, 0.0, or NaN for what is neither."""
    word = label_key(value)
    return 1.0 if word in TRUE_WORDS else 0.0 if word in FALSE_WORDS else NAN


@dataclass(frozen=True)
class Label:
    """One label of a column.

    Attributes:
        text: its most frequent spelling, without blanks around it.
        value: that as the object it was in the data frame; text without blanks around it.
        count: of its cells.
        spellings: how it is written in these cells and how often, most frequent first.
    """

    text: str
    value: Any
    count: int
    spellings: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ColumnLabels:
    """The labels of a column.

    Attributes:
        by_key: the labels by what they are compared by.
        numeric: whether labels are numbers, so that 3, 3.0 and 3.00 are one.
        missing: words that count as missing here, and how often each occurs.
    """

    by_key: dict[str, Label]
    numeric: bool = False
    missing: dict[str, int] = field(default_factory=dict)

    def key(self, value: object) -> str | None:
        """Return the key of a cell that may stand in the column; None where it is empty."""
        return canonical_label(value) if self.numeric else label_key(value)


def read_labels(values: Sequence[Any], counts: Iterable[int], *, numbers: bool = True) -> ColumnLabels:
    """Read the labels of a column.

    Args:
        values: its distinct cells.
        counts: how often each occurs; those with 0 are left out.
        numbers: whether labels that are all numbers are read as such; of versions, 7.1 and 7.10 are two.
    """
    cells = [(text, value, count) for value, count in zip(values, counts, strict=True)
             if count and (text := to_label(value)) is not None]  # fmt: skip
    gone = missing_words([text for text, _, _ in cells])
    missing: Counter[str] = Counter()
    present = []
    for text, value, count in cells:
        key = label_key(text)
        if key is None or key in gone:
            missing[strip_label(text)] += count
        else:
            present.append((text, value, count))
    numeric = numbers and bool(present) and all(map(_is_plain_number, (text for text, _, _ in present)))
    read = canonical_label if numeric else label_key
    grouped: dict[str, list[tuple[str, Any, int]]] = {}
    for text, value, count in present:
        grouped.setdefault(read(value) or text, []).append((text, value, count))
    return ColumnLabels({key: _label(cells) for key, cells in grouped.items()}, numeric, dict(missing))


def merge_truth_words(labels: ColumnLabels) -> ColumnLabels:
    """Make one label of all words that say yes and one of all that say no, where a column has nothing else."""
    if len(labels.by_key) <= 2 or not are_boolean_words(labels.by_key):
        return labels
    sides: dict[str, list[Label]] = {}
    for key, label in labels.by_key.items():
        sides.setdefault("true" if key in TRUE_WORDS else "false", []).append(label)
    merged = {side: _joined(each) for side, each in sides.items()}
    return ColumnLabels(merged, labels.numeric, labels.missing)


def missing_words(labels: Collection[str]) -> frozenset[str]:
    """Return the keys, among those of a column's labels, that stand for "no value".

    Beside numbers and truth values all of `MISSING_WORDS` do, beside other labels those of `LABEL_MISSING_WORDS`. But
    "-" is a label beside "+", and "NA" is one beside other codes of two letters, such as countries.
    """
    keys = {key: text for text in labels if (key := label_key(text)) is not None}
    suspects = MISSING_WORDS & keys.keys()
    if not suspects:
        return frozenset()
    others = [strip_label(text) for key, text in keys.items() if key not in MISSING_WORDS]
    if others and (
        are_boolean_words({label_key(text) or "" for text in others})
        or all(parse_number(text) == parse_number(text) for text in others)
    ):
        return frozenset(suspects)
    found = set(suspects & LABEL_MISSING_WORDS)
    if "+" in others:
        found.discard("-")
    codes = sum(_CODE_OF_TWO.fullmatch(text) is not None for text in others)
    if codes > 1 and codes > len(others) / 2:
        found.discard("na")
    return frozenset(found)


def codes_by_key(labels: Sequence[str], *, numeric: bool = False) -> dict[str, int]:
    """Return the place of each label by its key, and by other ways to write it that mean no other label.

    A client's numbers and truth values meet the labels that they were: 7 the code "007", true the word "yes".

    Args:
        labels: in the order of their codes.
        numeric: as in `ColumnLabels`.
    """
    read = canonical_label if numeric else label_key
    codes: dict[str, int] = {}
    for code, text in enumerate(labels):
        codes.setdefault(read(text) or text, code)
    others: dict[str, set[int]] = {}
    if len({len(key) for key in codes}) == 1 and all(key.isascii() and key.isdigit() for key in codes):
        for key, code in codes.items():  # padded with zeros, where one of them begins so
            others.setdefault(str(int(key)), set()).add(code)
    for yes, no in BOOLEAN_PAIRS:
        if yes in codes and no in codes:
            others.setdefault("true", set()).add(codes[yes])
            others.setdefault("false", set()).add(codes[no])
    for key, meant in others.items():
        if len(meant) == 1:
            codes.setdefault(key, *meant)
    return codes


def counts_as_missing(key: str, *, numeric: bool = False) -> bool:
    """Return whether a key that is no label of a column stands for "no value" there."""
    return key in MISSING_WORDS if numeric else key in LABEL_MISSING_WORDS


def _is_plain_number(text: str) -> bool:
    """Return whether a label such as 3 may also come as 3.0: a number that is not written with leading zeros."""
    number, stripped = parse_number(text), strip_label(text)
    return number == number and not (len(stripped) > 1 and stripped[0] == "0" and stripped[1] != ".")


def _label(cells: Iterable[tuple[str, Any, int]]) -> Label:
    """Make a label out of its (text, object, count); ties are settled by the text, not by the order of the rows."""
    cells = list(cells)
    stripped: Counter[str] = Counter()
    raw: Counter[str] = Counter()
    for text, _, count in cells:
        stripped[strip_label(text)] += count
        raw[text] += count
    best = min(stripped, key=lambda text: (-stripped[text], text))
    value = min((cell for cell in cells if strip_label(cell[0]) == best), key=lambda cell: (-cell[2], cell[0]))[1]
    spellings = tuple(sorted(raw.items(), key=lambda pair: (-pair[1], pair[0])))
    return Label(best, best if isinstance(value, str) else value, sum(raw.values()), spellings)


def _joined(labels: Sequence[Label]) -> Label:
    best = min(labels, key=lambda label: (-label.count, label.text))
    spellings = sorted((pair for label in labels for pair in label.spellings), key=lambda pair: (-pair[1], pair[0]))
    return Label(best.text, best.value, sum(label.count for label in labels), tuple(spellings))
