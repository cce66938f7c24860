"""What a played child tells while it does a task: the messages, with pauses before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from automl.errors import DataError
from core.domain.records import Json
from worker.child.request_log.compact import compact
from worker.child.request_log.forget import forget
from worker.child.request_log.gather import gather
from worker.messages.from_child import (
    CheckResult,
    ClaimNumber,
    CompareResult,
    ConvertResult,
    EvaluateResult,
    ExportResult,
    FitStarted,
    FromChild,
    HelpFinished,
    PhaseStarted,
    PollUpdates,
    PredictResult,
    Prepared,
    ProfileResult,
    Question,
    Result,
    TaskError,
    TrainResult,
    TrialFinished,
    TrialStarted,
)
from worker.messages.of_kept_requests import CompactRequest, ForgetRequest, GatherRequest
from worker.messages.to_child import (
    CheckRequest,
    CompareRequest,
    ConvertRequest,
    EvaluateRequest,
    ExportRequest,
    PredictRequest,
    ProfileRequest,
    Reply,
    SearchUpdates,
    TaskRequest,
    TrainRequest,
)

SHARED_TRIALS = 3


class PlayedSearch:
    """What a process does in a search that several share: a few trials, each reserved first."""

    def __init__(self, leads: bool) -> None:
        self.leads = leads
        self.question: Question | None = None
        self.stopping = False
        self.ran = 0
        self.states: dict[int, str] = {}
        self.trial: Json = {}

    def ask(self, question: Question) -> Question:
        self.question = question
        return question

    def go_on(self, reply: Reply, dice: Any) -> Iterator[tuple[float, FromChild]]:
        """Pauses in seconds, and what is told after them."""
        if isinstance(reply, SearchUpdates):
            self.states |= {trial["number"]: trial["state"] for trial in reply.trials}
            yield from self._heard(dice)
        elif reply.claimed:
            number = self.trial["number"]
            self.states[number] = "complete"
            self.ran += 1
            yield dice.random() * 3, TrialFinished(ended(self.trial, dice))
            yield 0.1, self.ask(PollUpdates(last=False))
        else:
            yield 0.1, self.ask(PollUpdates(last=False))

    def _heard(self, dice: Any) -> Iterator[tuple[float, FromChild]]:
        if self.question == PollUpdates(last=True):
            self.question = None
            yield dice.random(), MODEL if self.leads else HelpFinished()
        elif self.stopping or self.ran == SHARED_TRIALS:
            yield 0.1, self.ask(PollUpdates(last=True))
        else:
            number = max(self.states, default=-1) + 1
            assert sorted(self.states) == list(range(number)), "numbers have a gap"
            self.trial = begun(number)
            yield 0.1, self.ask(ClaimNumber(self.trial))


SUMMARY: Json = {"features": [], "target": "y", "task": "binary", "metric": "auc", "classes": ["x", "z"]}
MODEL = TrainResult(
    "model.nb", SUMMARY, "binary", "auc", "report.html", "evaluation.json", "reference.parquet", "digests.npz"
)
PROFILE = {"rows": 1, "columns": [{"name": "a"}, {"name": "y"}], "warnings": []}
CSV_FILE = "data.csv"
CSV = b"a,y\n1,x\n2,z\n"
CONVERTED = {
    "source_format": "xls", "dialect": {}, "options": {"delimiter": ","}, "header": ["a", "y"], "warnings": [],
    "sheet": "A", "sheets": ["A", "B"], "digit_text": [],
}  # fmt: skip
RESULTS: dict[type[TaskRequest], Result] = {
    ConvertRequest: ConvertResult(CSV_FILE, CONVERTED),
    TrainRequest: MODEL,
    ProfileRequest: ProfileResult(PROFILE, "report.html"),
    CheckRequest: CheckResult({}),
    PredictRequest: PredictResult("predictions.csv", 1, []),
    ExportRequest: ExportResult("predictions.csv", 0.0, 1),
    EvaluateRequest: EvaluateResult("evaluated.json", "report.html", {"rows": 2}),
    CompareRequest: CompareResult("compared.json", "report.html", {"gate": {"outcome": "better", "why": "It is."}}),
}
IN_EARNEST: dict[type[TaskRequest], Callable[..., Result]] = {
    CompactRequest: compact, ForgetRequest: forget, GatherRequest: gather,
}  # fmt: skip
"""Done, not played: what is lost or doubled shows in what they make of the files."""


def begun(number: int) -> Json:
    return {"number": number, "model": "linear", "state": "running", "started_at": "", "score": None, "fit_s": None,
            "params": {}, "reason": ""}  # fmt: skip


def ended(trial: Json, dice: Any) -> Json:
    return {**trial, "state": "complete", "score": dice.random(), "fit_s": 1.0}


def script(request: TaskRequest, folder: Path, dice: Any) -> Iterator[tuple[float, FromChild]]:
    """Pauses in seconds, and what is told after them."""
    if isinstance(request, TrainRequest):
        yield dice.random(), FitStarted()
        yield 0.1, Prepared("binary", "auc", greater_is_better=True)
        yield 0.1, PhaseStarted("searching")
        first = len(request.history)
        for number in range(first, first + 2):
            trial = begun(number)
            yield 0.1, TrialStarted(trial)
            finished = ended(trial, dice)
            yield dice.random() * 3, TrialFinished(finished)
    yield dice.random(), _last_message(request, folder)


def _last_message(request: TaskRequest, folder: Path) -> FromChild:
    if (do := IN_EARNEST.get(type(request))) is None:
        return RESULTS[type(request)]
    try:
        return do(request, folder, None)
    except DataError as exc:
        return TaskError(exc.reason, exc.detail, exc.hint)
