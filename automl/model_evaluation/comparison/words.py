"""A comparison in words: which model is better, how sure that is, and what to mind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl.model_evaluation.overlap import is_remembered
from automl.wording import format_number, plural
from vocabulary import METRICS

FEW_ROWS = 100


def verdict(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{tone, title, sentences}`: `good` where a best model can be told, `fair` where not.

    Args:
        found: what `compare` has found: models, pairs, best, metric, rows.
    """
    best, metric = found["best"], METRICS[found["metric"]].name
    names = {each["id"]: each["name"] for each in found["models"]}
    scores = {each["id"]: each["metrics"][found["metric"]] for each in found["models"]}
    top, rows = scores[best["id"]], plural(found["rows"], "row")
    value, low, high = (format_number(top[each]) for each in ("value", "low", "high"))
    first = f"{names[best['id']]} has the best {metric}: {value} (95 % interval {low} to {high}) on {rows}."
    sentences = [first, _next_best(found, names, scores)]
    if best["as_good"]:
        title = "No clear winner"
        others = ", ".join(names[id] for id in best["as_good"])
        sentences.append(f"These rows do not show that it is better than {others}: choose by size, speed or age.")
    else:
        title = f"{names[best['id']]} is better"
    sentences += _memory(found)
    if found["rows"] < FEW_ROWS:
        sentences.append(f"{rows} tell little: only large differences can be seen in so few.")
    return {"tone": "fair" if best["as_good"] else "good", "title": title, "sentences": sentences}


def _memory(found: Mapping[str, Any]) -> list[str]:
    """Tell of models that have seen some of the rows in training: their scores there are memory."""
    seen = [(each["name"], each["overlap"]) for each in found["models"]]
    return [
        f"{name} was trained on {plural(rows['rows_seen_in_training'], 'row')} like these ({rows['share']:.0%}): "
        "it may remember them."
        for name, rows in seen
        if is_remembered(rows)
    ]


def _next_best(found: Mapping[str, Any], names: Mapping[str, str], scores: Mapping[str, Mapping[str, float]]) -> str:
    sign = 1 if found["greater_is_better"] else -1
    best = found["best"]["id"]
    second = max((id for id in scores if id != best), key=lambda id: sign * scores[id]["value"])
    pair = next(each for each in found["pairs"] if {each["a"], each["b"]} == {best, second})
    difference = pair["differences"][found["metric"]]
    by = format_number(abs(difference["value"]), 3)
    words = f"The next is {names[second]}: {METRICS[found['metric']].name} differs by {by}"
    if difference["low"] * difference["high"] > 0:
        low, high = sorted((abs(difference["low"]), abs(difference["high"])))
        return f"{words} ({format_number(low, 3)} to {format_number(high, 3)})."
    return (
        f"{words}, and chance alone may make as much (95 % interval {format_number(difference['low'], 3)} to "
        f"{format_number(difference['high'], 3)})."
    )
