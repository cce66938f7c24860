"""What to think of an evaluation, in words: does the model keep on new rows what was promised of it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl.metrics import METRICS
from automl.model_evaluation.overlap import is_remembered
from automl.wording import format_number, plural
from vocabulary import METRICS as INFO

Json = Mapping[str, Any]

WORSE, CLEARLY_WORSE, BETTER = -2.0, -3.0, 3.0
"""z of the metric beyond which it differs from what was promised."""
FAIR_RATIO = 0.8
"""Ratio of the least rate to the greatest below which groups fare differently (the four-fifths rule)."""
MAX_NAMED = 3


def conclude(found: Json) -> dict[str, Any]:
    """Return `{tone, title, sentences}`; `tone` is good, fair or poor.

    Args:
        found: the evaluation.
    """
    tone, title = _grade(found)
    return {
        "tone": tone,
        "title": title,
        "sentences": [*_of_score(found), *_of_rows(found), *_of_drift(found), *_of_groups(found)],
    }


def _grade(found: Json) -> tuple[str, str]:
    z, score = found["reported"]["z"], found["metrics"].get(found["metric"])
    if score is None:
        return "fair", "The score is undefined on these rows"
    if _is_no_better_than_baseline(found):
        return "poor", "No better than the baseline on these rows"
    if is_remembered(found["overlap"]):
        return "fair", "Not all of these rows are new to the model"
    if z is None:
        return "fair", "Measured; nothing was promised to compare with"
    if z < CLEARLY_WORSE:
        return "poor", "Worse than promised"
    if z < WORSE:
        return "fair", "Probably worse than promised"
    return ("good", "As good as promised") if z <= BETTER else ("good", "Better than promised")


def _is_no_better_than_baseline(found: Json) -> bool:
    name = found["metric"]
    score, base = found["metrics"][name], found["baseline"].get(name, {}).get("value")
    if base is None or score["low"] is None:
        return False
    # The end of the interval that is nearer to the baseline.
    return bool(score["low"] <= base) if METRICS[name].greater_is_better else bool(score["high"] >= base)


def _of_score(found: Json) -> list[str]:
    name = found["metric"]
    score, promised = found["metrics"].get(name), found["reported"].get(name)
    if score is None:
        return [f"{INFO[name].name} is undefined on these {plural(found['rows'], 'row')}."]
    value, low, high = (format_number(score[each]) for each in ("value", "low", "high"))
    interval = "" if score["low"] is None else f" (95 % interval {low} to {high})"
    sentences = [f"{INFO[name].name} is {value}{interval} on {plural(found['rows'], 'labelled row')}."]
    z = found["reported"]["z"]
    if promised is not None and z is not None:
        how = "within chance of it" if WORSE <= z <= -WORSE else f"{abs(z):.1f} standard errors {_side(z)}"
        sentences.append(f"{format_number(promised['value'])} was promised at training: this is {how}.")
    if _is_no_better_than_baseline(found):
        base = found["baseline"][name]["value"]
        sentences.append(
            f"Predicting the same for every row would get {format_number(base)}: the difference is within chance."
        )
    return sentences


def _side(z: float) -> str:
    return "worse" if z < 0 else "better"


def _of_rows(found: Json) -> list[str]:
    sentences = []
    if seen := found["overlap"]["rows_seen_in_training"]:
        share = f"{plural(seen, 'row')} ({found['overlap']['share']:.1%})"
        if is_remembered(found["overlap"]):
            sentences.append(f"{share} stood in the training table: their scores show memory, not skill.")
            if unseen := found["overlap"]["unseen"]:
                sentences.append(
                    f"On the {plural(unseen['rows'], 'row')} that are new it is {format_number(unseen['value'])}."
                )
        else:
            sentences.append(f"{share} are like training rows, no more than rows are alike by chance.")
    left_out = found["left_out"]
    if left_out["unknown_rows"]:
        named = ", ".join(repr(each["label"][:40]) for each in left_out["unknown"][:MAX_NAMED])
        sentences.append(
            f"{plural(left_out['unknown_rows'], 'row')} are in no score, as the model cannot predict what they hold: "
            f"{named}."
        )
    return sentences


def _of_drift(found: Json) -> list[str]:
    about = found["drift"]
    if about is None or not any(column["drifted"] for column in about["columns"]):
        return []
    return [f"The rows are not like those of the training: {about['inputs']['why']}"]


def _of_groups(found: Json) -> list[str]:
    sentences = []
    if worse := [each for each in found["slices"] if each["worse"]]:
        named = "; ".join(f"{each['column']} {each['value']}" for each in worse[:MAX_NAMED])
        more = ", among others" if len(worse) > MAX_NAMED else ""
        sentences.append(f"It is worse than elsewhere, beyond chance, in {plural(len(worse), 'slice')}: {named}{more}.")
    for column, rates in found["fairness"].items():
        rate = rates["selection_rate"]
        if rate["ratio"] is not None and rate["ratio"] < FAIR_RATIO:
            sentences.append(
                f"By {column}, {rate['least']} is answered positive {rate['ratio']:.2f} times as often as "
                f"{rate['greatest']} (below {FAIR_RATIO:g}, the four-fifths rule)."
            )
    return sentences
