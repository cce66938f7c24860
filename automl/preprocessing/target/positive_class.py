"""The positive class: which of two labels binary metrics count, by one rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from automl.errors import SpecError
from automl.parsing.labels import BOOLEAN_PAIRS, canonical_label, codes_by_key, label_key

_PAIRS = (
    *BOOLEAN_PAIRS,
    ("positive", "negative"), ("pos", "neg"), ("+", "-"), ("1", "-1"), ("wahr", "falsch"), ("vrai", "faux"),
    ("verdadero", "falso"), ("verdadeiro", "falso"), ("vero", "falso"), ("si", "no"), ("sì", "no"), ("sim", "nao"),
    ("ja", "nej"), ("ja", "nee"), ("ja", "nei"), ("kyllä", "ei"), ("igen", "nem"), ("tak", "nie"), ("ano", "ne"),
    ("áno", "nie"), ("da", "ne"), ("da", "nu"), ("evet", "hayır"), ("ναι", "όχι"), ("так", "ні"), ("есть", "нет"),
    ("истина", "ложь"), ("有", "无"), ("真", "假"), ("はい", "いいえ"), ("예", "아니요"),
    ("네", "아니요"), ("예", "아니오"), ("có", "không"), ("हाँ", "नहीं"), ("نعم", "لا"), ("כן", "לא"),
)  # fmt: skip
AFFIRMATIVE_PAIRS = tuple((label_key(yes) or yes, label_key(no) or no) for yes, no in _PAIRS)
"""What affirms, and what denies: keys of labels."""

_SPEAKS_ALONE = 3
"""Letters from which an affirmative word needs no denial beside it to be one: `t`, `on` or `si` may mean anything."""
_AFFIRMATIVE = frozenset(
    yes for yes, _ in AFFIRMATIVE_PAIRS if len(yes) >= _SPEAKS_ALONE or not yes.isascii() or yes == "ja"
)
_DENIAL = re.compile(r"(?:no|not|non|none|kein|keine|nicht|pas|sin|sem|без|не)[\s_-]+(?P<what>.+)|non(?P<close>.{3,})")

REQUESTED = "as requested"
AFFIRMS = "affirmative word"
DENIED = "the other label denies it"
RARER = "the rarer class"
LAST = "both are as frequent: the last in order"


class PositiveClass(NamedTuple):
    """The positive one of two classes (0 or 1), and the rule by which it is."""

    code: int
    rule: str


def choose_positive_class(classes: Sequence[str], counts: Sequence[int], wanted: object = None) -> PositiveClass:
    """Choose which of two labels is the positive class.

    It is the one asked for; else the affirmative word (`yes` beside `no`, `active` beside `inactive` …); else the label
    that the other one denies (`churn` beside `no churn`); else the rarer one; else the last.

    Args:
        classes: two labels, in order.
        counts: rows of each.
        wanted: the label asked for, None for none.

    Raises:
        SpecError: UNKNOWN_POSITIVE_CLASS.
    """
    if wanted is not None:
        return PositiveClass(_find(classes, wanted), REQUESTED)
    keys = [label_key(text) or text for text in classes]
    for code, (this, other) in enumerate((keys, keys[::-1])):
        if (this, other) in AFFIRMATIVE_PAIRS:
            return PositiveClass(code, AFFIRMS)
    affirmative = [code for code, key in enumerate(keys) if key in _AFFIRMATIVE]
    if len(affirmative) == 1:
        return PositiveClass(affirmative[0], AFFIRMS)
    for code, (this, other) in enumerate((keys, keys[::-1])):
        found = _DENIAL.fullmatch(other)
        if found and this in (found["what"], found["close"]):
            return PositiveClass(code, DENIED)
    if counts[0] != counts[1]:
        return PositiveClass(int(counts[1] < counts[0]), RARER)
    return PositiveClass(1, LAST)


def _find(classes: Sequence[str], wanted: object) -> int:
    for numeric in (False, True):
        key = canonical_label(wanted) if numeric else label_key(wanted)
        found = codes_by_key(classes, numeric=numeric).get(key or "")
        if found is not None:
            return found
    raise SpecError(
        "UNKNOWN_POSITIVE_CLASS",
        f"The target has no class {wanted!r}.",
        f"Choose {classes[0]!r} or {classes[1]!r}.",
    )
