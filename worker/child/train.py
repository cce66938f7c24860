"""Train, in the child: the engine's events go over the pipe, its bundle into the folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from automl import AutoML, ColumnOptions, Trial
from automl.report import model_evaluation, model_report
from automl.search.coordination import SingleProcess
from worker.child.dataset import read_dataset
from worker.child.holdout import hold_out
from worker.child.pipe import Pipe
from worker.child.remote_coordination import RemoteCoordinator
from worker.messages.from_child import (
    FitStarted,
    HelpFinished,
    LogLine,
    PhaseStarted,
    Prepared,
    TrainResult,
    TrialFinished,
    TrialStarted,
)
from worker.messages.to_child import TrainRequest

# The parent's watchdog kills at the limit: the engine begins to save memory well before.
ENGINE_SHARE = 0.8


@dataclass
class PipeCallback:
    """An engine's listener that passes events on to the parent."""

    pipe: Pipe

    def phase(self, name: str) -> None:
        self.pipe.send(PhaseStarted(name))

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None:
        self.pipe.send(Prepared(task, metric, greater_is_better))

    def trial_started(self, trial: Trial) -> None:
        self.pipe.send(TrialStarted(trial.to_json()))

    def trial_finished(self, trial: Trial) -> None:
        self.pipe.send(TrialFinished(trial.to_json()))

    def log(self, text: str) -> None:
        self.pipe.send(LogLine(text))

    def should_stop(self) -> bool:
        return self.pipe.stop.is_set()


def train(request: TrainRequest, folder: Path, pipe: Pipe) -> TrainResult | HelpFinished:
    """Fit, save and describe a model, or only run trials if another process leads the search."""
    target, callback = request.spec["target"], PipeCallback(pipe)
    callback.phase("reading")
    frame, options = read_dataset(folder, request.csv)
    frame, holdout = hold_out(frame, request.spec, options, callback.log)
    frame = _sample(frame, request, callback)
    engine = _engine(request, options)
    history = [Trial.from_json(trial) for trial in request.history]
    pipe.send(FitStarted())
    is_single, is_leader = request.role == "single", request.role == "leader"
    coordinator = SingleProcess() if is_single else RemoteCoordinator(pipe, is_leader)
    if not coordinator.is_leader:
        engine.join(frame, target, coordinator, callback=callback, folder=folder)
        return HelpFinished()
    engine.fit(
        frame,
        target,
        callback=callback,
        history=history,
        folder=folder,
        coordinator=coordinator,
        remaining_s=request.remaining_s,
    )
    engine.save(folder / "model.nb")
    summary = {**engine.summary_, **({"holdout": holdout.to_json()} if holdout else {})}
    result = TrainResult("model.nb", summary, summary["task"], summary["metric"])
    return _with_documents(result, engine, folder, callback)


def _sample(frame: pd.DataFrame, request: TrainRequest, callback: PipeCallback) -> pd.DataFrame:
    if request.memory_scale >= 1:
        return frame
    sample = frame.sample(frac=request.memory_scale, random_state=request.spec["seed"]).sort_index()
    callback.log(f"Out of memory: this attempt trains on {len(sample):,} of {len(frame):,} rows.")
    return sample


def _engine(request: TrainRequest, options: dict[str, ColumnOptions]) -> AutoML:
    spec = request.spec
    return AutoML(
        time_budget=request.budget_s,
        task=spec["task"],
        metric=spec["metric"],
        seed=spec["seed"],
        n_jobs=request.threads,
        models=spec["models"],
        column_options=options,
        exclude_columns=spec["exclude_columns"],
        positive_class=spec.get("positive_class"),
        group_column=spec.get("group_column"),
        time_column=spec.get("time_column"),
        max_predict_ms=spec.get("max_predict_ms"),
        memory_limit_bytes=int(request.memory_limit_bytes * request.memory_scale * ENGINE_SHARE),
    )


def _with_documents(result: TrainResult, engine: AutoML, folder: Path, callback: PipeCallback) -> TrainResult:
    """Write what is kept beside the model; what fails is left out: the model is worth more than its documents."""
    return _with_reference(_with_report(result, engine, folder, callback), engine, folder, callback)


def _with_report(result: TrainResult, engine: AutoML, folder: Path, callback: PipeCallback) -> TrainResult:
    summary = result.summary
    try:
        page = model_report(summary, engine.model_.review)
        evaluation = model_evaluation(summary, engine.model_.review)
    except Exception as error:
        callback.log(f"The report could not be written: {error!r}")
        return result
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "evaluation.json").write_text(json.dumps(evaluation, allow_nan=False), encoding="utf-8")
    # The verdict is short: it stands with the model itself, so that lists can show it.
    summary = {**summary, "verdict": evaluation["verdict"], "trust": evaluation["trust"]}
    return replace(result, summary=summary, report="report.html", evaluation="evaluation.json")


def _with_reference(result: TrainResult, engine: AutoML, folder: Path, callback: PipeCallback) -> TrainResult:
    try:
        engine.reference_.save(folder / "reference.parquet")
        engine.row_digests_.save(folder / "row_digests.npz")
    except Exception as error:
        callback.log(f"The reference could not be written: {error!r}")
        return result
    return replace(result, reference="reference.parquet", row_digests="row_digests.npz")
