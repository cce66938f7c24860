"""Show a record in a notebook: `render_html` is the `html_renderer` of all records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from ..types.datasets import Column, Dataset, Findings
from ..types.jobs import Job
from ..types.leaderboard import Leaderboard, LeaderboardEntry
from ..types.models import Model, Score
from ..types.predictions import Predictions
from .formatting import cell, duration, plural, size
from .html import QUIET, bar, block, element, table, text

MAX_LEADERS = 10
MAX_IMPORTANT = 10
MAX_COLUMNS = 50
MAX_ROWS = 20


@singledispatch
def render_html(record: object) -> str | None:
    """Return a record as HTML; None if its repr says as much."""
    return None


@render_html.register
def _dataset(dataset: Dataset) -> str:
    head = _head(dataset.name or "Dataset", f"{dataset.state}, {size(dataset.size_bytes)}")
    if dataset.error:
        return block(head, element("p", text(dataset.error)))
    rows = [
        (*map(text, (one.name, one.type)), cell(one.missing), cell(one.distinct), text(_examples(one)))
        for one in dataset.columns[:MAX_COLUMNS]
    ]
    more = len(dataset.columns) - MAX_COLUMNS
    notes = [*dataset.warnings, *(f"{one.name}: {note}" for one in dataset.columns for note in one.warnings)]
    facts = (
        f"{plural(dataset.rows, 'row')}, {plural(len(dataset.columns), 'column')}" if dataset.rows is not None else ""
    )
    return block(
        head,
        element("p", facts, style=QUIET),
        table(("column", "type", "missing", "distinct", "examples"), rows, numbers=(2, 3)) if rows else "",
        element("p", f"and {plural(more, 'more column')}", style=QUIET) if more > 0 else "",
        *(element("p", f"⚠ {text(note)}") for note in notes[:MAX_ROWS]),
    )


@render_html.register
def _findings(findings: Findings) -> str:
    rows = [(text(one.severity), text(one.column or ""), text(one.detail), text(one.fix)) for one in findings.findings]
    return block(
        _head(f"{findings.task}, by {findings.metric}", ""),
        element("p", text(findings.why)),
        element("p", text(f"Positive class: {findings.positive_class} ({findings.positive_class_rule})."))
        if findings.positive_class is not None
        else "",
        table(("", "column", "problem", "how to fix it"), rows) if rows else "",
        "" if rows else element("p", "No problems found.", style=QUIET),
    )


@render_html.register
def _job(job: Job) -> str:
    done = job.progress
    share = 1.0 if job.is_over else (done.elapsed_s or 0.0) / (job.time_budget_s or 1.0)
    facts = [job.phase or "", f"{plural(done.trials_done or 0, 'model')} tried", f"{duration(done.elapsed_s)} elapsed"]
    if done.best_score is not None:
        facts.append(f"best {job.metric} {cell(done.best_score)}")
    return block(
        _head(f"Predicting {job.target}", job.state),
        element("p", bar(share, "16em"), " ", text(", ".join(filter(None, facts)))),
        element("p", text(job.error)) if job.error else "",
        element("p", "Model ", element("code", text(job.model_id))) if job.model_id else "",
    )


@render_html.register
def _model(model: Model) -> str:
    verdict = model.verdict
    scores = [
        (text(name), _score(score), cell((model.scores.baseline.get(name) or Score()).mean))
        for name, score in model.scores.reported.items()
    ]
    top = max((one.importance or 0.0 for one in model.importance), default=0.0) or 1.0
    importance = [
        (text(one.feature), bar((one.importance or 0.0) / top), cell(one.importance))
        for one in model.importance[:MAX_IMPORTANT]
    ]
    return block(
        _head(f"Model of {model.target}", verdict.title if verdict else model.task),
        *(element("p", text(sentence)) for sentence in (verdict.sentences if verdict else ())),
        table(("score", "this model", "baseline"), scores, numbers=(1, 2)),
        *(element("p", ("✓ " if note.tone == "good" else "⚠ ") + text(note.text)) for note in model.trust),
        element("b", "Importance"),
        table(("column", "", "importance"), importance, numbers=(2,)),
        element("b", "Leaderboard"),
        render_leaderboard(model.leaderboard, model.metric),
    )


@render_html.register
def _leaderboard(leaderboard: Leaderboard) -> str:
    return render_leaderboard(leaderboard, leaderboard.metric)


@render_html.register
def _predictions(found: Predictions) -> str:
    rows = []
    for i, prediction in enumerate(found.predictions[:MAX_ROWS]):
        sure = found.probabilities[i].get(str(prediction)) if found.probabilities else None
        why = sorted((found.explanations or ({},) * (i + 1))[i].items(), key=lambda item: -abs(item[1]))[:3]
        reasons = ", ".join(f"{name} {amount:+.3g}" for name, amount in why)
        rows.append((str(i), text(cell(prediction)), "" if sure is None else f"{sure:.1%}", text(reasons)))
    more = len(found.predictions) - MAX_ROWS
    return block(
        table(("row", "prediction", "probability", "top contributions"), rows, numbers=(0, 2)),
        element("p", f"and {more:,} more", style=QUIET) if more > 0 else "",
    )


def render_leaderboard(entries: Sequence[LeaderboardEntry], metric: str = "score") -> str:
    """Return the candidates, best first, with a bar for the weight of each."""
    rows = [
        (
            text(one.name),
            cell(one.score),
            bar(one.weight or 0.0),
            *map(cell, (one.weight, one.fit_s, one.predict_ms_per_row)),
            text(one.left_out_reason or ""),
        )
        for one in entries[:MAX_LEADERS]
    ]
    titles = ("model", metric or "score", "weight", "", "fit time (s)", "ms per row", "why not in the ensemble")
    return table(titles, rows, numbers=(1, 3, 4, 5))


def _examples(column: Column) -> str:
    return ", ".join(map(cell, column.examples[:3]))


def _head(title: str, state: str) -> str:
    return element("div", element("b", text(title)), " ", element("span", text(state), style=QUIET))


def _score(score: Score) -> str:
    return cell(score.mean) + (f" ± {cell(score.standard_error)}" if score.standard_error is not None else "")
