"""Models side by side, of what is known of them: nothing is measured anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.domain.records import Dataset, Json, Model
from core.domain.trainings import Job

MAX_ROWS = 200
"""Maximum rows of a section: a table may have a thousand columns."""
_NOT_OF_A_JOB = frozenset({"dataset_id", "target", "task", "metric", "name"})


def side_by_side(
    models: Sequence[Model],
    jobs: Sequence[Job | None],
    datasets: Sequence[Dataset | None],
    *,
    only_differences: bool = False,
) -> Json:
    """Return `{models, sections: [{name, rows: [{name, values, differs}], left_out}], notes}`.

    Args:
        models: two or more.
        jobs: the job of each, None where it was deleted or there was none.
        datasets: what each was trained on, None where it was deleted or is not known.
        only_differences: whether rows in which all have the same are left out.
    """
    sections = [
        ("model", [_about(model) for model in models]),
        ("job", [_job(job) for job in jobs]),
        ("data", [_data(dataset) for dataset in datasets]),
        ("parameters", [_parameters(model) for model in models]),
        ("scores", [_scores(model) for model in models]),
        ("importance", [_importance(model) for model in models]),
    ]
    return {
        "models": [{"id": model.id, "name": model.name or None} for model in models],
        "sections": [_section(name, columns, only_differences) for name, columns in sections],
        "notes": _notes(models),
    }


def _section(name: str, columns: Sequence[Json], only_differences: bool) -> Json:
    rows = [_row(each, columns) for each in _names(name, columns)]
    shown = [row for row in rows if row["differs"] or not only_differences]
    return {"name": name, "rows": shown[:MAX_ROWS], "left_out": max(0, len(shown) - MAX_ROWS)}


def _names(section: str, columns: Sequence[Json]) -> Iterable[str]:
    """Return the names of a section's rows: as they come, importances the greatest first."""
    names = dict.fromkeys(name for column in columns for name in column)
    if section != "importance":
        return names
    return sorted(names, key=lambda name: -max(column.get(name) or 0.0 for column in columns))


def _row(name: str, columns: Sequence[Json]) -> Json:
    values = [column.get(name) for column in columns]
    return {"name": name, "values": values, "differs": any(value != values[0] for value in values[1:])}


def _about(model: Model) -> Json:
    summary = model.summary
    return {
        "origin": model.origin,
        "created_at": model.created_at,
        **{name: summary.get(name) for name in ("target", "task", "metric", "positive_class", "max_predict_ms")},
        "classes": len(summary.get("classes") or ()) or None,
        "columns used": len(summary.get("features", ())),
        "models in the ensemble": sum(bool(each.get("weight")) for each in summary.get("leaderboard", ())),
        "warnings": len(summary.get("warnings", ())),
        "size_bytes": model.size_bytes,
    }


def _job(job: Job | None) -> Json:
    if job is None:
        return {}
    return {"id": job.id, **{name: value for name, value in job.spec.items() if name not in _NOT_OF_A_JOB}}


def _data(dataset: Dataset | None) -> Json:
    if dataset is None:
        return {}
    profile = dataset.profile or {}
    return {
        "id": dataset.id,
        "name": dataset.name,
        "rows": profile.get("rows"),
        "columns": len(dataset.columns),
        "size_bytes": dataset.size_bytes,
        "sha256": dataset.sha256,
        "types set by hand": dict(sorted(dataset.types.items())) or None,
    }


def _parameters(model: Model) -> Json:
    """Return the weight of each family in the ensemble, and the parameters of its heaviest model."""
    found: Json = {}
    members = [each for each in model.summary.get("leaderboard", ()) if each.get("weight")]
    for each in sorted(members, key=lambda each: -each["weight"]):
        family = str(each.get("model", each["name"]))
        weight = f"{family}: weight"
        if weight not in found:
            found[weight] = 0.0
            found |= {f"{family}: {name}": value for name, value in (each.get("params") or {}).items()}
        found[weight] = round(found[weight] + each["weight"], 4)
    return found


def _scores(model: Model) -> Json:
    scores = model.summary.get("scores", {})
    found: Json = {}
    for kind, ending in (("reported", ""), ("baseline", " of the baseline")):
        for metric, score in (scores.get(kind) or {}).items():
            entry: dict[str, Any] = score if isinstance(score, dict) else {"mean": score}
            found[f"{metric}{ending}"] = entry.get("mean")
            if kind == "reported":
                found[f"{metric}: standard error"] = entry.get("standard_error")
                found[f"{metric}: method"] = entry.get("method")
    return found


def _importance(model: Model) -> Json:
    return {each["feature"]: each["importance"] for each in model.summary.get("importance", ())}


def _notes(models: Sequence[Model]) -> list[str]:
    """Return what to mind: scores of other rows, tasks or metrics cannot be compared."""
    notes = []
    checks: tuple[tuple[Callable[[Model], Any], str], ...] = (
        (lambda model: model.summary.get("target"), "They predict different targets."),
        (lambda model: model.summary.get("task"), "Their tasks differ."),
        (lambda model: model.summary.get("metric"), "They were optimized for different metrics."),
        (lambda model: model.dataset_id, "They were trained on different datasets: each score is of its own rows."),
    )
    for of, note in checks:
        if len({str(of(model)) for model in models}) > 1:
            notes.append(note)
    notes.append("Scores are as measured in training; POST /comparisons measures all on the same labelled rows.")
    return notes
