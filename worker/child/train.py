"""Training, in the child: the engine's events go over the pipe, its bundle into the folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl import AutoML, Trial
from automl.io.csv_reader import read_csv
from automl.report import model_evaluation, model_report
from worker.child.main import Pipe
from worker.child.remote_coordination import RemoteCoordinator

# The parent's watchdog kills at the limit: the engine begins to save memory well before.
ENGINE_SHARE = 0.8


@dataclass
class Teller:
    """An engine's listener that passes on what it hears."""

    pipe: Pipe

    def phase(self, name: str) -> None:
        self.pipe.tell("phase", phase=name)

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None:
        self.pipe.tell("task", task=task, metric=metric, greater_is_better=greater_is_better)

    def trial_started(self, trial: Trial) -> None:
        self.pipe.tell("trial_started", trial=trial.to_json())

    def trial_finished(self, trial: Trial) -> None:
        self.pipe.tell("trial_finished", trial=trial.to_json())

    def log(self, text: str) -> None:
        self.pipe.tell("log", text=text)

    def should_stop(self) -> bool:
        return self.pipe.stop.is_set()


def train(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """Fit, save and describe; {bundle, report?, evaluation?, summary, task, metric}. Nothing, where another process
    leads the search."""
    spec, dialect = task["spec"], task["dialect"]
    teller = Teller(pipe)
    teller.phase("reading")
    frame = read_csv(folder / "data.csv", **dialect)
    if task["memory_scale"] < 1:
        frame = frame.sample(frac=task["memory_scale"], random_state=spec["seed"]).sort_index()
        teller.log(f"Memory ran out before: this attempt learns from {len(frame):,} of the rows.")
    engine = AutoML(
        time_budget=task["budget_s"],
        task=spec["task"],
        metric=spec["metric"],
        seed=spec["seed"],
        n_jobs=task["threads"],
        models=spec["models"],
        types={column: type for column, type in task["types"].items() if column in frame.columns},
        exclude_columns=spec["exclude_columns"],
        positive_class=spec.get("positive_class"),
        group_column=spec.get("group_column"),
        time_column=spec.get("time_column"),
        max_predict_ms=spec.get("max_predict_ms"),
        memory_limit_bytes=int(task["memory_limit_bytes"] * task["memory_scale"] * ENGINE_SHARE),
    )
    history = [Trial.from_json(trial) for trial in task["history"]]
    pipe.tell("fitting")
    peers = RemoteCoordinator(pipe, task["leads"]) if "leads" in task else None
    if peers is not None and not peers.is_leader:
        engine.join(frame, spec["target"], peers, listener=teller, folder=folder)
        return {}
    left_s = task.get("left_s")
    engine.fit(frame, spec["target"], listener=teller, history=history, folder=folder, peers=peers, left_s=left_s)
    engine.save(folder / "model.nb")
    summary = engine.summary_
    told = {"bundle": "model.nb", "summary": summary, "task": summary["task"], "metric": summary["metric"]}
    try:
        page = model_report(summary, engine.model_.review)
        evaluation = model_evaluation(summary, engine.model_.review)
    except Exception as error:  # The model is worth more than what is told of it.
        teller.log(f"The report could not be written: {error!r}")
        return told
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "evaluation.json").write_text(json.dumps(evaluation, allow_nan=False), encoding="utf-8")
    # The verdict is short: it stands with the model itself, so that lists can show it.
    told["summary"] = {**summary, "verdict": evaluation["verdict"], "trust": evaluation["trust"]}
    return {**told, "report": "report.html", "evaluation": "evaluation.json"}
