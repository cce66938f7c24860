"""The verdict on a model in plain words.

It says how good the model is against the baseline, how certain that is, and what stands against
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl.metrics import METRICS
from automl.report.formatting import metric_name, percent, truncate, with_error
from automl.wording import format_number, plural

Json = Mapping[str, Any]

PERFECT = {name: 1.0 for name, each in METRICS.items() if each.greater_is_better}
"""The best a score can be; errors and losses end at 0."""
CLEAR = 2.0
"""Standard errors from the baseline within which a difference may be chance."""
FEW_ROWS = 200
MISCALIBRATED = 0.05
SUSPICIOUS = 0.995


@dataclass(frozen=True)
class TrustNote:
    """One point for or against: tone is good, fair or poor."""

    tone: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """Title and sentences; `skill` is the share of the way from the baseline to a perfect score."""

    tone: str
    title: str
    sentences: tuple[str, ...]
    skill: float | None


def skill_score(name: str, score: float | None, baseline: float | None) -> float | None:
    """Return the share of the way from the baseline to a perfect score; None where that cannot be said."""
    perfect = PERFECT.get(name, 0.0)
    if score is None or baseline is None or baseline == perfect:
        return None
    return (score - baseline) / (perfect - baseline)


def make_verdict(summary: Json, evaluation: Json) -> Verdict:
    """Judge the model."""
    name = str(summary["metric"])
    reported, baseline = (summary["scores"][kind].get(name, {}) for kind in ("reported", "baseline"))
    score, error, base = reported.get("mean"), reported.get("standard_error"), baseline.get("mean")
    skill = skill_score(name, score, base)
    tone, title = _grade(skill, score, error, base)
    against = f"baseline: {format_number(base)}" if base is not None else "no baseline"
    sentences = [_plainly(summary, evaluation), f"Its {metric_name(name)} is {with_error(score, error)} ({against})."]
    return Verdict(tone, title, tuple(sentence for sentence in sentences if sentence), skill)


def _grade(skill: float | None, score: float | None, error: float | None, base: float | None) -> tuple[str, str]:
    if skill is None or score is None or base is None:
        return "fair", "No overall verdict"
    if skill <= 0 or (error and abs(score - base) < CLEAR * error):
        return "poor", "No better than the baseline"
    if skill < 0.15:
        return "poor", "Better than the baseline, but weak"
    if skill < 0.4:
        return "fair", "Useful, with many errors"
    if skill < 0.75:
        return "good", "Good"
    return ("good", "Very good") if skill < SUSPICIOUS else ("fair", "Almost perfect: check for leakage")


def _plainly(summary: Json, evaluation: Json) -> str:
    """Describe how good it is, without the name of a metric."""
    scores = {each["metric"]: each for each in evaluation.get("scores", ())}
    if summary["task"] == "regression":
        shares = {each["share"]: each["error"] for each in evaluation.get("residuals", {}).get("quantiles", ())}
        if 0.5 not in shares:
            return ""
        r2 = scores.get("r2", {}).get("value")
        explained = f" It explains {percent(r2)} of the target's variance." if r2 is not None and r2 > 0 else ""
        return (
            f"On unseen rows, half of the predictions were off by less than {format_number(shares[0.5], 3)}, "
            f"90 % by less than {format_number(shares[0.9], 3)}.{explained}"
        )
    sentences = []
    if right := scores.get("accuracy"):
        sentences.append(
            f"On unseen rows, {_percent_with_error(right)} of the predictions were correct; "
            f"always predicting the most frequent class would be correct for {percent(right['baseline'])}."
        )
    if summary["task"] == "binary" and (auc := scores.get("auc")):
        sentences.append(
            f"Of a random {quoted(summary['classes'][1])} row and a random {quoted(summary['classes'][0])} row, "
            f"it ranks the former higher {percent(_reported(summary, auc))} of the time (random guessing: 50 %)."
        )
    return " ".join(sentences)


def quoted(label: object, most: int = 60) -> str:
    """Quote a label of the user's table within a sentence."""
    return f"“{truncate(label, most)}”"


def _reported(summary: Json, score: Json) -> float | None:
    """Return the headline's figure if it is of that metric: a page should not give two for the same thing."""
    reported = summary["scores"]["reported"].get(score["metric"], {}).get("mean")
    found: float | None = score["value"] if reported is None else reported
    return found


def _percent_with_error(score: Json) -> str:
    return f"{with_error(score['value'], score['standard_error'], 100)} %"


def how_far_to_trust(summary: Json, evaluation: Json, report: Json) -> list[TrustNote]:
    """Return the points for and against relying on the scores, the gravest first."""
    notes = [TrustNote("fair", str(text)) for text in summary.get("warnings", ())]
    notes += [*_of_score(summary), *_of_rows(evaluation, report), *_of_calibration(evaluation)]
    return sorted(notes, key=lambda note: ("poor", "fair", "good").index(note.tone))


def _of_score(summary: Json) -> list[TrustNote]:
    name = str(summary["metric"])
    reported, baseline = (summary["scores"][kind].get(name, {}) for kind in ("reported", "baseline"))
    error, score, base = reported.get("standard_error"), reported.get("mean"), baseline.get("mean")
    notes = []
    if method := reported.get("method"):
        notes.append(TrustNote("good", f"The score was measured on unseen rows: {method}."))
    if error and score is not None and base is not None:
        away = abs(score - base) / error
        if away < CLEAR:
            notes.append(TrustNote("poor", "The difference from the baseline is within chance."))
        else:
            ratio = "more than 100" if away > 100 else format_number(away, 2)
            notes.append(
                TrustNote("good", f"The score is {ratio} standard errors from the baseline: far beyond chance.")
            )
    elif error is None:
        notes.append(TrustNote("fair", "There is no standard error: the uncertainty of the score is unknown."))
    skill = skill_score(name, score, base)
    if skill is not None and skill > SUSPICIOUS:
        text = "Scores this close to perfect usually mean leakage. Check the most important columns."
        notes.append(TrustNote("poor", text))
    return notes


def _of_rows(evaluation: Json, report: Json) -> list[TrustNote]:
    notes = []
    if (rows := evaluation.get("rows", 0)) < FEW_ROWS:
        notes.append(TrustNote("fair", f"Only {plural(rows, 'row')} scored: curves and counts are rough estimates."))
    rare = [each for each in evaluation.get("classes", ()) if each["rows"] < 20]
    if rare:
        named = ", ".join(f"{quoted(each['class'], 40)} ({each['rows']})" for each in rare[:5])
        notes.append(TrustNote("fair", f"Classes with few rows are predicted poorly: {named}."))
    validation = str(report.get("about", {}).get("validation", ""))
    if "group" not in validation and "later" not in validation:
        text = (
            "Rows were split at random. If rows belong together (a person, a machine) or the future is to be "
            "predicted, set a group or time column and train again: these scores would be too optimistic."
        )
        notes.append(TrustNote("fair", text))
    return notes


def _of_calibration(evaluation: Json) -> list[TrustNote]:
    error = evaluation.get("calibration", {}).get("error")
    if error is None:
        return []
    points = f"{100 * error:.1f} percentage points"
    if error > MISCALIBRATED:
        text = f"Probabilities are off by {points} on average: use them for ranking only."
        return [TrustNote("fair", text)]
    text = f"Probabilities are well calibrated: off by {points} on average."
    return [TrustNote("good", text)]


def outlook(doubling: tuple[float, bool] | None, metric: str) -> str:
    """Judge whether more rows would help."""
    if doubling is None:
        return ""
    gain, clear = doubling
    if gain > 0 and clear:
        by = format_number(gain, 2)
        return f"More rows would probably help: the last doubling improved {metric_name(metric)} by {by}."
    if gain <= 0:
        return f"More rows are unlikely to help: the last doubling did not improve {metric_name(metric)}."
    improved = f"improved {metric_name(metric)} by {format_number(gain, 2)}"
    return f"More rows may help a little: the last doubling {improved}, which is within chance."


def strengths(scores: Sequence[Json]) -> list[dict[str, Any]]:
    """Return the table of metrics: each as text beside its baseline."""
    return [
        {
            "metric": each["metric"],
            "value": with_error(each["value"], each["standard_error"]),
            "baseline": format_number(each["baseline"]),
            "goal": each["goal"],
            "skill": skill_score(each["metric"], each["value"], each["baseline"]),
        }
        for each in scores
    ]
