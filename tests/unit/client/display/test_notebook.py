"""What notebooks show: HTML in which names and cells are text, and live views that are repainted."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from nobrains_client import Dataset, Event, Findings, Job, Leaderboard, Model, PipelineInfo, Predictions, Run, User
from nobrains_client.display import progress_callback, training_view
from nobrains_client.display.notebook_progress import NotebookView, in_notebook, transfer_bar

HOSTILE = "<script>alert(1)</script>\"'&\u202e\n"
MODEL = {
    "id": "m", "target": HOSTILE, "task": "binary", "metric": "auc",
    "scores": {"reported": {"auc": {"mean": 0.87, "standard_error": 0.01}}, "baseline": {"auc": {"mean": 0.5}}},
    "verdict": {"tone": "good", "title": "Very good", "sentences": [HOSTILE], "skill": 0.7},
    "trust": [{"tone": "good", "text": HOSTILE}],
    "importance": [{"feature": HOSTILE, "importance": 0.2}, {"feature": "b", "importance": None}],
    "leaderboard": [{"name": HOSTILE, "score": 0.87, "weight": 1.0, "fit_s": 2.0, "predict_ms_per_row": 0.1}],
}  # fmt: skip
RECORDS = [
    Dataset.from_json({"id": "d", "name": HOSTILE, "state": "ready", "rows": 12345, "size_bytes": 5,
                       "columns": [{"name": HOSTILE, "examples": [HOSTILE, 1], "warnings": [HOSTILE]}]}),
    Dataset.from_json({"id": "d", "state": "rejected", "error": {"reason": "X", "detail": HOSTILE}}),
    Findings.from_json({"task": "binary", "metric": "auc", "why": HOSTILE, "findings": [{"detail": HOSTILE}]}),
    Findings.from_json({"task": "binary"}),
    Job.from_json({"id": "j", "target": HOSTILE, "state": "running", "phase": HOSTILE, "metric": "auc",
                   "progress": {"elapsed_s": 3.0, "trials_done": 4, "best_score": 0.9}}),
    Job.from_json({"id": "j", "state": "failed", "error": {"detail": HOSTILE}}),
    Model.from_json(MODEL),
    Predictions.from_json({"predictions": [HOSTILE, "b"], "probabilities": [{HOSTILE: 0.9}, {"b": 0.6}],
                           "explanations": [{HOSTILE: 0.2}, {"b": -0.1}]}),
    Predictions.from_json({"predictions": [1.5] * 30}),
    PipelineInfo.from_json({"id": "p", "name": HOSTILE, "when": [{"cron": "x", "words": HOSTILE}], "endpoint": HOSTILE,
                            "next_at": "2026-12-07T02:00:00Z", "last_run": {"number": 1, "why": HOSTILE}}),
    Run.from_json({"id": "r", "state": "asking", "why": HOSTILE, "trigger": {"kind": "time", "why": {"words": HOSTILE}},
                   "steps": [{"name": HOSTILE, "state": "done", "why": HOSTILE, "ref": HOSTILE}]}),
]  # fmt: skip


class Elements(HTMLParser):
    """Every element, and whether all were closed in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.open: list[str] = []
        self.words = ""
        self.feed(markup)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style"}
        self.names.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_is_harmless_html(record: Any) -> None:
    shown = Elements(record._repr_html_())
    assert "script" not in shown.names
    assert "\u202e" not in shown.words


def test_a_model_says_what_a_person_wants_to_know() -> None:
    words = Elements(Model.from_json(MODEL)._repr_html_() or "").words
    for part in ("Very good", "0.87 ± 0.01", "0.5", "alert(1)", "Importance"):
        assert part in words


def test_a_leaderboard_is_a_tuple_that_shows_itself() -> None:
    board = Leaderboard(Model.from_json(MODEL).leaderboard, "auc")
    assert board[0].score == 0.87
    assert {"table", "td"} <= Elements(board._repr_html_()).names


def test_what_its_repr_says_as_well_has_none() -> None:
    assert User("u")._repr_html_() is None


def test_a_training_is_told_as_it_goes() -> None:
    view = NotebookView(Job("j", target=HOSTILE, metric="rmse", time_budget_s=60))
    assert "queued" in Elements(view.html()).words
    events: list[tuple[str, dict[str, Any]]] = [
        ("state", {"state": "running"}), ("phase", {"phase": "searching"}), ("log", {"text": HOSTILE}),
        ("trial", {"number": 1, "model": "linear", "score": 3.0, "fit_s": 1.0}),
        ("trial", {"number": 2, "model": HOSTILE, "score": 2.0, "fit_s": 1.0}),
    ]  # fmt: skip
    for i, (kind, data) in enumerate(events):
        view.training.update(Event(str(i), kind, data))
    words = Elements(view.html()).words
    assert "searching, 2 models tried" in words
    assert words.index("alert(1)", 50) < words.index("linear")  # the smaller error first
    assert "left" in words
    view.training.update(Event("9", "done", {"state": "succeeded"}))
    assert "succeeded, 2 models tried" in Elements(view.html()).words


def test_outside_of_a_notebook_the_terminal_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert not in_notebook()
    assert type(training_view(Job("j"))).__name__ == "TrainingView"
    with progress_callback(True, "Uploading") as on_progress:
        assert on_progress is not None
        on_progress(5, 10)
    with progress_callback(None, "Uploading") as on_progress:
        assert on_progress is None
    own = lambda done, total: None  # noqa: E731
    with progress_callback(own, "Uploading") as on_progress:
        assert on_progress is own


class Shell:
    """IPython as far as these views know it: what was displayed, and how it was repainted."""

    kernel = object()

    def __init__(self) -> None:
        self.shown: list[str] = []

    def get_ipython(self) -> Shell:
        return self

    def display(self, html: str, display_id: bool) -> Shell:
        self.shown.append(html)
        return self

    def update(self, html: str) -> None:
        self.shown.append(html)

    def HTML(self, html: str) -> str:
        return html


def test_in_a_notebook_one_output_is_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", shell)
    with training_view(Job("j", target="y")) as view:
        view.update(Event("1", "phase", {"phase": "searching"}))
    assert type(view) is NotebookView
    assert ["searching" in html for html in shell.shown] == [False, True, True]
    shell.shown.clear()
    with transfer_bar("Uploading") as on_progress:
        on_progress(1, 100)
        on_progress(2, 100)  # too soon to be painted
        on_progress(100, 100)
    assert len(shell.shown) == 2
    assert "100 B of 100 B" in Elements(shell.shown[-1]).words
