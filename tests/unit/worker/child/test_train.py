"""What a child does with a training, by its part in the search; the parent's end of the pipe is played."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from automl import load
from automl.reference import Reference, RowDigests
from csvfile.dialect import Dialect
from worker.child.train import train
from worker.messages.from_child import ClaimNumber, HelpFinished, PollUpdates, TrainResult, TrialFinished
from worker.messages.to_child import CsvOptions, NumberClaimed, SearchUpdates, TrainRequest

BASELINE = {"number": 0, "model": "constant", "params": {}, "state": "complete", "score": 0.5, "fold_scores": [0.5]}
N_TRIALS = 3


@dataclass
class PlayedPipe:
    """Grants every number, and asks for the end of the search after some trials."""

    leads: bool
    sent: list[Any] = field(default_factory=list)
    requested: list[Any] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.finished) == N_TRIALS:
            self.stop.set()

    def request(self, question: Any, reply_type: type) -> Any:
        self.requested.append(question)
        if isinstance(question, ClaimNumber):
            return NumberClaimed(True)
        is_first = sum(isinstance(each, PollUpdates) for each in self.requested) == 1
        return SearchUpdates([BASELINE] if is_first and not self.leads else [], [], None if self.leads else 60.0)

    @property
    def finished(self) -> list[str]:
        return [each.trial["model"] for each in self.sent if isinstance(each, TrialFinished)]


def trained(folder: Path, role: Any) -> tuple[Any, PlayedPipe]:
    x = np.random.default_rng(0).normal(size=60)
    lines = ["x,y", *(f"{each:.4f},{'yes' if each > 0 else 'no'}" for each in x)]
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    spec = {"target": "y", "task": "auto", "metric": "auto", "seed": 0, "models": ["linear"], "exclude_columns": []}
    pipe = PlayedPipe(role != "helper")
    request = TrainRequest(spec, CsvOptions(Dialect(), {}), 1, 8 << 30, 1.0, 60.0, role=role)
    return train(request, folder, pipe), pipe  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["single", "leader"])
def test_who_searches_alone_or_leads_makes_the_model(role: str, tmp_path: Path) -> None:
    result, pipe = trained(tmp_path, role)
    assert isinstance(result, TrainResult)
    assert (tmp_path / result.bundle).exists()
    assert result.reference is not None
    assert result.row_digests is not None
    reference = Reference.load(tmp_path / result.reference)
    assert len(reference) == RowDigests.load(tmp_path / result.row_digests).total == 60
    assert load(tmp_path / result.bundle).predict_raw(reference.rows).shape == reference.output.shape
    assert pipe.finished[0] == "constant"
    assert bool(pipe.requested) == (role == "leader")


def test_who_helps_runs_trials_only(tmp_path: Path) -> None:
    result, pipe = trained(tmp_path, "helper")
    assert result == HelpFinished()
    assert pipe.finished
    assert "constant" not in pipe.finished
    assert not (tmp_path / "model.nb").exists()
