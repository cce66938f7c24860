"""A model's report, for the reader who must decide whether to use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automl.evaluation.learning_curve import gain_of_doubling
from automl.report import figures
from automl.report.charts import meter
from automl.report.formatting import format_fixed, metric_name, truncate
from automl.report.performance import column_decimals, performance
from automl.report.rendering import render
from automl.report.verdict import how_far_to_trust, make_verdict, outlook, strengths

Json = Mapping[str, Any]

FIRST_COLUMNS, MAX_COLUMNS = 25, 200
"""Columns shown at once, and after expanding the list."""
MAX_LEADERS = 15
MAX_TRIALS = 300
MAX_SLICES = 4
MIN_DOTS = 5
"""Minimum trials for which slices are drawn."""


def model_report(summary: Json, report: Json, *, name: str = "MODEL") -> str:
    """Render one HTML page.

    Args:
        summary: a model's `summary`.
        report: its `report`: any of `{about, evaluation, dependence, gain, learning, trials, parameters}`; sections
            whose part is absent are left out.
        name: what the model is called in the commands that are shown.
    """
    evaluation: Json = report.get("evaluation", {})
    metric = str(summary["metric"])
    title = metric_name(metric)
    greater = bool(report.get("greater_is_better", True))
    classes = [str(each) for each in summary.get("classes") or ()]
    answer = f"probability of {classes[1]}" if len(classes) == 2 else "probability" if classes else summary["target"]
    reported = summary["scores"]["reported"].get(metric, {})
    curve = report.get("learning", [])
    leaders = summary["leaderboard"][:MAX_LEADERS]
    return render(
        "model.html",
        name=name,
        summary=summary,
        about=report.get("about", {}),
        **performance(evaluation, classes),
        verdict=make_verdict(summary, evaluation),
        notes=how_far_to_trust(summary, evaluation, report),
        strengths=strengths(evaluation.get("scores", ())),
        reported=reported,
        baseline=summary["scores"]["baseline"].get(metric, {}),
        columns=_columns(summary),
        dependence=_dependence(report.get("dependence", ()), str(answer)),
        no_dependence=report.get("no_dependence", ""),
        gain=figures.gain(report.get("gain", ()), title),
        members=report.get("gain", ()),
        learning=figures.learning(curve, title),
        no_learning=report.get("no_learning", ""),
        learner=report.get("learner", "one model"),
        outlook=outlook(gain_of_doubling(curve, greater, reported.get("standard_error")), metric),
        history=figures.search_history(report.get("trials", ())[:MAX_TRIALS], greater, title),
        trials=_families(report.get("trials", ())),
        parameters=_parameters(report, title),
        leaders=leaders,
        decimals=column_decimals([each["score"] for each in leaders], 4),
        some_truncated=any(entry.get("truncated_folds") for entry in leaders),
        n_more=max(0, len(summary["leaderboard"]) - MAX_LEADERS),
        example=_example(summary),
    )


def _columns(summary: Json) -> dict[str, Any]:
    """Return what was done to each column, the most important ones first, with a bar for the importance."""
    importance = {each["feature"]: each["importance"] for each in summary["importance"]}
    top = max([*importance.values(), 0.0]) or 1.0
    decimals = column_decimals(list(importance.values()), 3)
    types = {each["name"]: each["type"] for each in summary["features"]}
    rows = [
        {
            **action,
            "type": types.get(action["column"], ""),
            "importance": format_fixed(importance[action["column"]], decimals)
            if action["column"] in importance
            else "",
            "bar": meter(importance.get(action["column"], 0.0) / top) if action["column"] in importance else "",
        }
        for action in summary["data_actions"]
    ]
    rows.sort(key=lambda row: (not row["type"], -(importance.get(row["column"]) or 0.0)))
    return {
        "first": rows[:FIRST_COLUMNS],
        "rest": rows[FIRST_COLUMNS:MAX_COLUMNS],
        "more": max(0, len(rows) - MAX_COLUMNS),
        "used": len(types),
        "measured": bool(importance),
    }


def _families(trials: Sequence[Json]) -> list[dict[str, Any]]:
    """Return the trials of each family, and their outcomes."""
    found: dict[str, dict[str, Any]] = {}
    for trial in trials:
        entry = found.setdefault(trial["model"], {"model": trial["model"], "trials": 0, "fit_s": 0.0, "ends": {}})
        entry["trials"] += 1
        entry["fit_s"] += trial["fit_s"]
        if trial["state"] != "complete":
            reason = f"{trial['state']}: {trial['reason']}" if trial["reason"] else trial["state"]
            entry["ends"][reason] = entry["ends"].get(reason, 0) + 1
    return list(found.values())


def _dependence(found: Sequence[Json], answer: str) -> list[tuple[str, Any]]:
    """Return (column, chart), all to one scale."""
    heights = figures.heights_of(found)
    return [(each["feature"], figures.dependence(each, answer, heights)) for each in found]


def _parameters(report: Json, title: str) -> dict[str, Any] | None:
    """Draw which parameters of the best family mattered, and the scores along them."""
    found = report.get("parameters")
    if not found:
        return None
    model, importance = found["model"], found["importance"]
    trials = [
        each
        for each in report.get("trials", ())
        if each["model"] == model and each["state"] == "complete" and each["score"] is not None and "params" in each
    ]
    space = report.get("spaces", {}).get(model, {})
    drawn = sorted(space, key=lambda name: -importance.get(name, 0.0))
    slices = figures.slices(trials[:MAX_TRIALS], {name: space[name] for name in drawn}, title)
    top = max(importance.values(), default=0.0) or 1.0
    return {
        "model": model,
        "rows": [(name, share, meter(share / top)) for name, share in list(importance.items())[:10]],
        "slices": slices[:MAX_SLICES] if len(trials) >= MIN_DOTS else [],
    }


def _example(summary: Json) -> dict[str, Any]:
    """Return a row of the training data, as far as it fits in a command."""
    row = summary.get("example") or {each["name"]: each.get("typical") for each in summary["features"]}
    return {truncate(name): _plain(cell) for name, cell in list(row.items())[:5]}


def _plain(cell: Any) -> Any:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else float(f"{cell:.6g}")
    return truncate(cell) if isinstance(cell, str) else cell
