"""The figures of a model's report, each from its part of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from automl.report.charts import Chart, legend, padded
from automl.report.scales import cut, number, percent

Json = Mapping[str, Any]
UNIT = (0.0, 1.0)


def roc(curves: Sequence[Json]) -> Markup:
    """True against false positive rate."""
    curves = [curve for curve in curves if curve["points"]]
    chart = Chart("ROC curve", UNIT, UNIT, x_name="false positive rate", y_name="true positive rate")
    chart.guide([(0, 0), (1, 1)])
    for i, curve in enumerate(curves):
        chart.line(curve["points"], i)
    names = [f"{cut(curve['class'], 40)} (AUC {number(curve['auc'], 3)})" for curve in curves]
    return chart.done() + legend(names)


def precision_recall(curves: Sequence[Json]) -> Markup:
    """Precision against recall; dashed, what calling rows at random would give."""
    curves = [curve for curve in curves if curve["points"]]
    chart = Chart("Precision-recall curve", UNIT, UNIT, x_name="recall (found of all)", y_name="precision (right)")
    for i, curve in enumerate(curves):
        if len(curves) == 1:
            chart.guide([(0, curve["prevalence"]), (1, curve["prevalence"])])
        chart.line(curve["points"], i)
    names = [
        f"{cut(curve['class'], 40)} (average precision {number(curve['average_precision'], 3)})" for curve in curves
    ]
    return chart.done() + legend(names)


def calibration(found: Json, positive: str) -> Markup:
    """Share observed against probability predicted, with 95 % intervals."""
    of = f"probability of {cut(positive, 40)}" if found["of"] == "positive" else "probability of the answer"
    chart = Chart("Calibration", UNIT, UNIT, x_name=f"predicted {of}", y_name="share observed")
    chart.guide([(0, 0), (1, 1)])
    bins = found["bins"]
    for each in bins:
        chart.whisker(each["predicted"], each["low"], each["high"])
    points = [(each["predicted"], each["observed"]) for each in bins]
    chart.line(points)
    titles = [
        f"{each['rows']:,} rows: predicted {percent(each['predicted'])}, observed {percent(each['observed'])}"
        for each in bins
    ]
    chart.dots(points, 0, 3.5, titles)
    return chart.done()


def score_histogram(found: Json, positive: str) -> Markup:
    """How often which probability was given, as shares of each class, side by side."""
    of = f"probability of {cut(positive, 40)}" if found["of"] == "positive" else "probability of the answer"
    series = [(each["name"], each["counts"], max(sum(each["counts"]), 1)) for each in found["series"]]
    top = max((max(counts) / total for _, counts, total in series), default=0) or 1.0
    chart = Chart("Histogram of probabilities", UNIT, (0.0, top), x_name=of, y_name="share of the rows")
    edges = found["edges"]
    for i, (name, counts, total) in enumerate(series):
        for j, count in enumerate(counts):
            width = (edges[j + 1] - edges[j]) / len(series)
            low = edges[j] + i * width
            chart.bar(low, low + width, count / total, i, f"{name}: {count:,} rows")
    return chart.done() + legend([f"{name} ({sum(counts):,} rows)" for name, counts, _ in series])


def predicted_and_actual(found: Json) -> Markup:
    """Dots of rows around the diagonal; the band holds eight of ten true values where so much was predicted."""
    points, bands = found["points"], found["bands"]
    values = [*(x for x, _ in points), *(y for _, y in points)]
    span = padded(values)
    chart = Chart("Actual against predicted", span, span, x_name="predicted", y_name="actual")
    if len(bands) > 1:
        low, high = ([(each["predicted"], each[edge]) for each in bands] for edge in ("low", "high"))
        chart.band(low, high)
    chart.guide([(span[0], span[0]), (span[1], span[1])])
    chart.dots(points, 0, 2)
    chart.line([(each["predicted"], each["middle"]) for each in bands], 1)
    return chart.done() + legend(["rows", "median of the truth"])


def errors(found: Json) -> Markup:
    """Histogram of predicted minus actual."""
    edges, counts = found["histogram"]["edges"], found["histogram"]["counts"]
    span = (edges[0], edges[-1]) if edges[0] < edges[-1] else padded(edges)
    chart = Chart("Histogram of errors", span, (0.0, max(counts)), x_name="predicted − actual", y_name="rows")
    for i, count in enumerate(counts):
        title = f"{number(edges[i])} to {number(edges[i + 1])}: {count:,} rows"
        chart.bar(edges[i], edges[i + 1], count, 0, title)
    if span[0] < 0 < span[1]:
        chart.guide([(0, 0), (0, max(counts))])
    return chart.done()


def dependence(found: Json, answer: str) -> Markup:
    """The mean answer along one column's values."""
    series, values = found["series"], found["values"]
    heights = padded([mean for each in series for mean in each["means"]], 0.1)
    title = f"Partial dependence on {cut(found['feature'], 80)}"
    if found["kind"] == "number":
        chart = Chart(title, padded(values, 0.01), heights, x_name=found["feature"], y_name=cut(answer, 30))
        for i, each in enumerate(series):
            chart.line(list(zip(values, each["means"], strict=True)), i)
            chart.dots(list(zip(values, each["means"], strict=True)), i, 2)
    elif found["kind"] == "date":
        last = len(values) - 1
        shown = [(i, str(values[i])[:10]) for i in sorted({0, last // 2, last})]
        chart = Chart(title, (-0.3, last + 0.3), heights, x_ticks=shown, x_name=found["feature"], y_name=answer)
        for i, each in enumerate(series):
            chart.line(list(enumerate(each["means"])), i)
    else:
        labels = [str(value) for value in values]
        shares = found.get("shares") or [None] * len(values)
        chart = Chart(title, (-0.5, len(values) - 0.5), heights, x_labels=labels, y_name=cut(answer, 30))
        for i, each in enumerate(series):
            told = [
                f"{label}: {number(mean)} ({percent(share)} of the rows)"
                for label, mean, share in zip(labels, each["means"], shares, strict=True)
            ]
            chart.dots(list(enumerate(each["means"])), i, 4, told)
    return chart.done() + (legend([each["name"] for each in series]) if len(series) > 1 else Markup(""))


def gain(found: Sequence[Json], metric: str) -> Markup:
    """Score against the time one row takes, member by member."""
    points = [(each["predict_ms_per_row"], each["score"]) for each in found if each["score"] is not None]
    if len(points) < 2:
        return Markup("")
    wide = (0.0, max(x for x, _ in points) * 1.05)
    chart = Chart("Score as members join", wide, padded([y for _, y in points], 0.15), x_name="ms a row", y_name=metric)
    chart.steps(points)
    chart.dots(points, 0, 4, [f"with {each['name']}: {number(each['score'])}" for each in found])
    return chart.done()


def learning(found: Sequence[Json], metric: str) -> Markup:
    """Score against training rows."""
    points = [(each["rows"], each["score"]) for each in found if each["score"] is not None]
    if len(points) < 2:
        return Markup("")
    wide, high = (0.0, points[-1][0] * 1.03), padded([y for _, y in points], 0.15)
    chart = Chart("Learning curve", wide, high, x_name="rows learned from", y_name=metric)
    chart.line(points)
    chart.dots(points, 0, 4, [f"{rows:,} rows: {number(score)}" for rows, score in points])
    return chart.done()


def search_history(trials: Sequence[Json], greater_is_better: bool, metric: str) -> Markup:
    """Each trial's score by number, coloured by family, and the best so far."""
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
    chart = Chart(f"Scores of {len(shown)} trials", wide, span, x_name="trial", y_name=metric)
    way, so_far = [], scores[0]
    for trial in shown:
        so_far = better(so_far, trial["score"])
        way.append((trial["number"], so_far))
    chart.steps(way, 8)
    for i, family in enumerate(families):
        own = [trial for trial in shown if trial["model"] == family]
        titles = [f"{family}-{trial['number']}: {number(trial['score'], 5)}" for trial in own]
        chart.dots([(trial["number"], trial["score"]) for trial in own], i, 3.5, titles)
    return chart.done() + legend([*families, f"best so far ({number(best, 5)})"], [*range(len(families)), 8])
