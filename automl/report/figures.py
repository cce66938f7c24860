"""The figures of a model's report, each from its part of the evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from automl.report.axes import powers
from automl.report.charts import Chart, legend, padded
from automl.report.formatting import percent, truncate
from automl.wording import format_number, plural

Json = Mapping[str, Any]
UNIT = (0.0, 1.0)
CATEGORICAL = "CategoricalDistribution"
FEW_VALUES = 6
"""Maximum distinct values that have a tick each."""


def roc(curves: Sequence[Json]) -> Markup:
    """Draw true against false positive rate."""
    curves = [curve for curve in curves if curve["points"]]
    chart = Chart("ROC curve", UNIT, UNIT, x_name="false positive rate", y_name="true positive rate")
    chart.reference_line([(0, 0), (1, 1)])
    for i, curve in enumerate(curves):
        chart.line(curve["points"], i)
    names = [f"{truncate(curve['class'], 40)} (AUC {format_number(curve['auc'], 3)})" for curve in curves]
    return chart.to_svg() + legend(names)


def precision_recall(curves: Sequence[Json]) -> Markup:
    """Draw precision against recall; dashed, the precision of calling rows at random."""
    curves = [curve for curve in curves if curve["points"]]
    chart = Chart("Precision-recall curve", UNIT, UNIT, x_name="recall", y_name="precision")
    for i, curve in enumerate(curves):
        if len(curves) == 1:
            chart.reference_line([(0, curve["prevalence"]), (1, curve["prevalence"])])
        chart.line(curve["points"], i)
    names = [
        f"{truncate(curve['class'], 40)} (average precision {format_number(curve['average_precision'], 3)})"
        for curve in curves
    ]
    return chart.to_svg() + legend(names)


def calibration(found: Json, positive: str) -> Markup:
    """Share observed against probability predicted, with 95 % intervals."""
    of = _probability(found, positive)
    chart = Chart("Calibration", UNIT, UNIT, x_name=f"predicted {of}", y_name="observed frequency")
    chart.reference_line([(0, 0), (1, 1)])
    bins = found["bins"]
    for each in bins:
        chart.error_bar(each["predicted"], each["low"], each["high"])
    points = [(each["predicted"], each["observed"]) for each in bins]
    chart.line(points)
    titles = [
        f"{plural(each['rows'], 'row')}: predicted {percent(each['predicted'])}, observed {percent(each['observed'])}"
        for each in bins
    ]
    chart.dots(points, 0, 3.5, titles)
    return chart.to_svg()


def _probability(found: Json, positive: str) -> str:
    return f"probability of {truncate(positive, 40) if found['of'] == 'positive' else 'the predicted class'}"


def score_histogram(found: Json, positive: str) -> Markup:
    """Draw how often each probability was given, as shares of each class, side by side."""
    of = _probability(found, positive)
    series = [(each["name"], each["counts"], max(sum(each["counts"]), 1)) for each in found["series"]]
    top = max((max(counts) / total for _, counts, total in series), default=0) or 1.0
    chart = Chart("Histogram of probabilities", UNIT, (0.0, top), x_name=of, y_name="share of rows")
    edges = found["edges"]
    for i, (name, counts, total) in enumerate(series):
        for j, count in enumerate(counts):
            width = (edges[j + 1] - edges[j]) / len(series)
            low = edges[j] + i * width
            chart.bar(low, low + width, count / total, i, f"{name}: {plural(count, 'row')}")
    return chart.to_svg() + legend([f"{name} ({plural(sum(counts), 'row')})" for name, counts, _ in series])


def predicted_and_actual(found: Json) -> Markup:
    """Draw rows as dots around the diagonal; the band holds eight of ten true values at each prediction."""
    points, bands = found["points"], found["bands"]
    values = [*(x for x, _ in points), *(y for _, y in points)]
    span = padded(values)
    chart = Chart("Actual against predicted", span, span, x_name="predicted", y_name="actual")
    if len(bands) > 1:
        low, high = ([(each["predicted"], each[edge]) for each in bands] for edge in ("low", "high"))
        chart.band(low, high)
    chart.reference_line([(span[0], span[0]), (span[1], span[1])])
    chart.dots(points, 0, 2)
    chart.line([(each["predicted"], each["middle"]) for each in bands], 1)
    return chart.to_svg() + legend(["rows", "median of actual values"])


def errors(found: Json) -> Markup:
    """Draw a histogram of predicted minus actual."""
    edges, counts = found["histogram"]["edges"], found["histogram"]["counts"]
    span = (edges[0], edges[-1]) if edges[0] < edges[-1] else padded(edges)
    chart = Chart("Histogram of errors", span, (0.0, max(counts)), x_name="predicted − actual", y_name="rows")
    for i, count in enumerate(counts):
        title = f"{format_number(edges[i])} to {format_number(edges[i + 1])}: {plural(count, 'row')}"
        chart.bar(edges[i], edges[i + 1], count, 0, title)
    if span[0] < 0 < span[1]:
        chart.reference_line([(0, 0), (0, max(counts))])
    return chart.to_svg()


def dependence(found: Json, answer: str, heights: tuple[float, float]) -> Markup:
    """Draw the mean prediction along one column's values.

    Args:
        found: of one column.
        answer: what stands beside the y axis.
        heights: of the y axis, the same for all columns: what hardly moves the answer must not look as if it did.
    """
    series, values = found["series"], found["values"]
    title = f"Partial dependence on {truncate(found['feature'], 80)}"
    feature, answer = truncate(found["feature"], 50), truncate(answer, 30)
    if found["kind"] == "number":
        few = [(value, format_number(value)) for value in values] if len(values) <= FEW_VALUES else None
        chart = Chart(title, padded(values, 0.01), heights, x_name=feature, y_name=answer, x_ticks=few)
        for i, each in enumerate(series):
            chart.line(list(zip(values, each["means"], strict=True)), i)
            chart.dots(list(zip(values, each["means"], strict=True)), i, 2)
    elif found["kind"] == "date":
        last = len(values) - 1
        shown = [(i, str(values[i])[:10]) for i in sorted({0, last // 2, last})]
        chart = Chart(title, (-0.3, last + 0.3), heights, x_ticks=shown, x_name=feature, y_name=answer)
        for i, each in enumerate(series):
            chart.line(list(enumerate(each["means"])), i)
    else:
        labels = [str(value) for value in values]
        shares = found.get("shares") or [None] * len(values)
        chart = Chart(title, (-0.5, len(values) - 0.5), heights, x_labels=labels, y_name=answer)
        for i, each in enumerate(series):
            tooltips = [
                f"{label}: {format_number(mean)} ({percent(share)} of the rows)"
                for label, mean, share in zip(labels, each["means"], shares, strict=True)
            ]
            chart.dots(list(enumerate(each["means"])), i, 4, tooltips)
    return chart.to_svg() + (legend([each["name"] for each in series]) if len(series) > 1 else Markup(""))


def heights_of(found: Sequence[Json]) -> tuple[float, float]:
    """Return a range for the means of all columns."""
    return padded([mean for each in found for series in each["series"] for mean in series["means"]] or [0.0], 0.08)


def gain(found: Sequence[Json], metric: str) -> Markup:
    """Score against the time one row takes, member by member."""
    points = [(each["predict_ms_per_row"], each["score"]) for each in found if each["score"] is not None]
    if len(points) < 2:
        return Markup("")
    wide = (0.0, max(x for x, _ in points) * 1.05)
    chart = Chart("Ensemble size", wide, padded([y for _, y in points], 0.15), x_name="ms per row", y_name=metric)
    chart.step_line(points)
    chart.dots(points, 0, 4, [f"with {each['name']}: {format_number(each['score'])}" for each in found])
    return chart.to_svg()


def learning(found: Sequence[Json], metric: str) -> Markup:
    """Score against training rows."""
    points = [(each["rows"], each["score"]) for each in found if each["score"] is not None]
    if len(points) < 2:
        return Markup("")
    errors = [each.get("standard_error") or 0.0 for each in found if each["score"] is not None]
    ends = [y + side * error for (_, y), error in zip(points, errors, strict=True) for side in (-1, 1)]
    wide, high = (0.0, points[-1][0] * 1.03), padded(ends, 0.08)
    chart = Chart("Learning curve", wide, high, x_name="training rows", y_name=metric)
    for each in found:
        if each["score"] is not None and (error := each.get("standard_error")):
            chart.error_bar(each["rows"], max(each["score"] - error, high[0]), min(each["score"] + error, high[1]))
    chart.line(points)
    chart.dots(points, 0, 4, [f"{plural(rows, 'row')}: {format_number(score)}" for rows, score in points])
    return chart.to_svg()


def search_history(trials: Sequence[Json], greater_is_better: bool, metric: str) -> Markup:
    """Draw each trial's score by number, coloured by family, and the best so far."""
    done = [trial for trial in trials if trial["state"] == "complete" and trial["score"] is not None]
    shown = [trial for trial in done if trial["model"] != "constant"] or done
    if not shown:
        return Markup("")
    families = list(dict.fromkeys(trial["model"] for trial in shown))
    scores = [trial["score"] for trial in shown]
    better = max if greater_is_better else min
    best = better(scores)
    ranked = sorted(scores, reverse=greater_is_better)
    # The worst tenth may lie so far away that nothing else is to be seen.
    span = padded(ranked[: max(2, round(0.9 * len(ranked)))], 0.08)
    wide = padded([trial["number"] for trial in shown], 0.02)
    chart = Chart(f"Scores of {plural(len(shown), 'trial')}", wide, span, x_name="trial", y_name=metric)
    way, so_far = [], scores[0]
    for trial in shown:
        so_far = better(so_far, trial["score"])
        way.append((trial["number"], so_far))
    chart.step_line(way, "ink")
    for i, family in enumerate(families):
        own = [trial for trial in shown if trial["model"] == family]
        titles = [f"{family}-{trial['number']}: {format_number(trial['score'], 5)}" for trial in own]
        chart.dots([(trial["number"], trial["score"]) for trial in own], i, 3.5, titles)
    return chart.to_svg() + legend([*families, f"best so far ({format_number(best)})"], [*range(len(families)), "ink"])


def slices(trials: Sequence[Json], space: Json, metric: str) -> list[tuple[str, Markup]]:
    """Draw scores against the values of each parameter that varied: (name, chart).

    Args:
        trials: complete ones of one family.
        space: its parameters, as `space_to_json` returns them.
        metric: beside the y axis.
    """
    found = []
    for name, distribution in space.items():
        inside = [trial for trial in trials if _is_inside(trial["params"].get(name), distribution)]
        values, scores = [trial["params"][name] for trial in inside], [trial["score"] for trial in inside]
        if len(set(map(str, values))) < 2:
            continue
        title = f"Scores by {truncate(name, 40)}"
        if distribution["name"] == CATEGORICAL:
            choices = list(dict.fromkeys(map(str, distribution["attributes"]["choices"])))
            chart = Chart(title, (-0.5, len(choices) - 0.5), padded(scores, 0.08), x_labels=choices, y_name=metric)
            places = [float(choices.index(str(value))) for value in values]
        else:
            is_log = distribution["attributes"]["log"]
            places = [math.log10(value) if is_log else float(value) for value in values]
            at = (
                [(math.log10(tick), format_number(tick, 2)) for tick in powers(min(values), max(values))]
                if is_log
                else None
            )
            chart = Chart(title, padded(places, 0.04), padded(scores, 0.08), x_ticks=at, y_name=metric)
        labels = [f"{value}: {format_number(score)}" for value, score in zip(values, scores, strict=True)]
        chart.dots(list(zip(places, scores, strict=True)), 0, 3.5, labels)
        found.append((name, chart.to_svg()))
    return found


def _is_inside(value: Any, distribution: Json) -> bool:
    """Return whether a parameter's value is in its space: the first trials' need not be."""
    within = distribution["attributes"]
    if distribution["name"] == CATEGORICAL:
        return str(value) in map(str, within["choices"])
    return isinstance(value, int | float) and within["low"] <= value <= within["high"]
