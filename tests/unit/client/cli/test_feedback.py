"""The commands about what became of predictions, over a service that has one endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run

REFUSED = {"index": 1, "reason": "UNKNOWN_LABEL", "detail": "'perhaps' is none: the classes are 'no', 'yes'."}


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """What went out."""
    bodies: list[Any] = []
    base = "/api/v1/endpoints/income"
    dataset = {
        "id": "d1", "name": "november", "state": "ready", "rows": 1200,
        "origin": {"columns": {"label": "bought"}},
    }  # fmt: skip

    @app.post(f"{base}/feedback")
    def feedback() -> Any:
        bodies.append(request.get_json(silent=True) or request.get_data(as_text=True))
        accepted = 0 if "perhaps" in str(bodies[-1]) else 1
        return {"accepted": accepted, "refused_count": 1 - accepted, "refused": [REFUSED][accepted:]}, 202

    @app.post(f"{base}/datasets")
    def datasets() -> Any:
        bodies.append(request.get_json())
        return dataset, 202

    app.get("/api/v1/datasets/d1")(lambda: dataset)
    return bodies


def test_labels_go_from_a_file_or_one_by_one(run: Run, sent: list[Any], tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("key,label\nada,yes\n")
    assert "1 labels were kept" in run("feedback", "income", str(tmp_path / "labels.csv")).stdout
    assert run("feedback", "income", "--key", "ada", "--label", "no").exit_code == 0
    assert run("feedback", "income", "--id", "p1", "--take-back").exit_code == 0
    assert sent == [
        "key,label\nada,yes\n",
        {"labels": [{"key": "ada", "label": "no"}]},
        {"labels": [{"prediction_id": "p1", "label": None}]},
    ]


def test_what_is_refused_is_listed_and_where_nothing_was_kept_the_command_fails(run: Run, sent: list[Any]) -> None:
    result = run("feedback", "income", "--key", "ada", "--label", "perhaps")
    assert result.exit_code == 1
    assert "UNKNOWN_LABEL" in result.stdout
    assert len(sent) == 1


@pytest.mark.parametrize(
    "words", [(), ("--key", "ada"), ("--label", "yes"), ("--key", "a", "--id", "b", "--label", "c"),
              ("--key", "a", "--label", "b", "--take-back")],
)  # fmt: skip
def test_a_command_that_does_not_say_of_what_is_refused(run: Run, sent: list[Any], words: tuple[str, ...]) -> None:
    assert run("feedback", "income", *words).exit_code == 2
    assert sent == []


def test_gathered_requests_are_ready_to_train_on(run: Run, sent: list[Any]) -> None:
    shown = run("gather", "income", "--name", "november", "--all").stdout
    assert sent == [{"name": "november", "labelled": False}]
    assert "Dataset d1: 1,200 rows." in shown
    assert "train d1 --target bought" in shown
