"""What a described window says of each kind of alarm that windows can raise, with the words and figures it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain.records import Json
from vocabulary import METRICS

MAX_NAMED = 3
MAX_COLUMNS = 50
"""Columns whose figures stand in a window's own row; all of them are in its detail."""
SHORT = ("name", "importance", "type", "drifted", "effect", "p_adjusted", "psi", "missing", "out_of_range")


@dataclass
class Signals:
    """What was found.

    Attributes:
        signals: by kind; None where it cannot be told.
        findings: {kind, detail, figures} of each that is true.
    """

    signals: dict[str, bool | None] = field(default_factory=dict)
    findings: list[Json] = field(default_factory=list)

    def add(self, kind: str, found: bool | None, detail: str, figures: Json) -> None:
        """Add what is said of a kind."""
        self.signals[kind] = found
        if found:
            self.findings.append({"kind": kind, "detail": detail, "figures": figures})


def signals_of(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Signals:
    """Return what a window says, as `automl.monitoring.window` describes it."""
    signals = Signals()
    inputs, predictions = found.get("inputs"), found.get("predictions")
    columns: Sequence[Mapping[str, Any]] = found.get("columns") or ()
    if inputs:
        drifted = [column["name"] for column in columns if column["drifted"]]
        figures = {"share": inputs["weighted_share"], "columns": drifted[:MAX_COLUMNS]}
        signals.add("drift", bool(inputs["drifted"]), inputs["why"], figures)
        _add_quality(signals, columns)
    if predictions:
        figures = {"columns": [column["name"] for column in predictions["columns"] if column["drifted"]]}
        signals.add("predictions", bool(predictions["drifted"]), predictions["why"], figures)
    if performance := found.get("performance"):
        _add_estimated(signals, performance, settings["performance"])
        _add_realised(signals, performance, settings["performance"])
    return signals


def _add_quality(signals: Signals, columns: Sequence[Mapping[str, Any]]) -> None:
    problems = [{"column": column["name"], **problem} for column in columns for problem in column.get("problems", ())]
    words = " ".join(problem["detail"] for problem in problems[:MAX_NAMED])
    if more := len(problems) - MAX_NAMED:
        words += f" And {more} more." if more > 0 else ""
    named = [{name: problem[name] for name in ("column", "kind", "rate", "was")} for problem in problems]
    signals.add("quality", bool(problems), words, {"problems": named[:MAX_COLUMNS]})


def _add_estimated(signals: Signals, performance: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Add the estimate without labels; one that is not to be trusted says nothing."""
    estimated, reference = performance.get("estimated"), performance.get("reference")
    if not estimated or not reference or estimated["trust"] != "good":
        return signals.add("estimated", None, "", {})
    error = estimated.get("standard_error") or 0.0
    away = abs(reference["value"] - estimated["value"])
    found = estimated["drop"]["low"] > settings["drop"] and away > settings["z"] * error
    words = _dropped(performance, estimated, f"estimated by {estimated['method']}, without labels")
    signals.add("estimated", found, words, _figures(performance, estimated))


def _add_realised(signals: Signals, performance: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Add what labels say: an alarm where the whole interval is worse than the reference by more than the drop."""
    realised = performance.get("realised")
    if not realised or "drop" not in realised:
        return signals.add("realised", None, "", {})
    found = realised["drop"]["low"] > settings["drop"]
    rows = f"on {realised['rows']:,} labelled requests"
    signals.add("realised", found, _dropped(performance, realised, rows), _figures(performance, realised))


def _dropped(performance: Mapping[str, Any], now: Mapping[str, Any], how: str) -> str:
    name = METRICS[performance["metric"]].name if performance["metric"] in METRICS else performance["metric"]
    reference = performance["reference"]["value"]
    interval = f"{now['low']:.4g} to {now['high']:.4g}"
    return f"{name} is {now['value']:.4g} ({interval}), {how}; it was {reference:.4g} in training."


def _figures(performance: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    kept = {name: now[name] for name in ("value", "low", "high", "drop", "rows", "method") if name in now}
    return {"metric": performance["metric"], "reference": performance["reference"], **kept}


def summary_of(found: Mapping[str, Any]) -> Json:
    """Return what a window's own row holds of what was found: the parts, without what fills pages."""
    columns = found.get("columns") or []
    chosen = {id(column) for column in sorted(columns, key=lambda column: not column["drifted"])[:MAX_COLUMNS]}
    predictions, performance = found.get("predictions"), found.get("performance")
    return {
        "columns": [_short(column) for column in columns if id(column) in chosen],
        "inputs": found.get("inputs"),
        "predictions": predictions and {**predictions, "columns": [_short(each) for each in predictions["columns"]]},
        "classifier": found.get("classifier"),
        "performance": performance and {name: part for name, part in performance.items() if name != "others"},
    }


def _short(column: Mapping[str, Any]) -> Json:
    return {name: column[name] for name in SHORT if name in column}
