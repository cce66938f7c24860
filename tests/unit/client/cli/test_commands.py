"""The commands over a service that answers well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run


@pytest.mark.usefixtures("service", "data")
class TestWithAService:
    def test_train_ends_with_the_score_and_the_next_command(self, run: Run) -> None:
        done = run("train", "a.csv", "--target", "y", "--budget", "1m")
        assert done.exit_code == 0, done.output
        assert "auc 0.8731 ± 0.012 (5-fold), baseline 0.5" in done.stdout
        assert "catboost" in done.stdout
        assert "predict m1 FILE.csv" in done.stdout
        assert "searching" in done.stderr
        assert "trial 0 linear: 0.8" in done.stderr

    def test_train_takes_a_dataset_and_need_not_wait(self, service: Flask, run: Run) -> None:
        seen: list[Any] = []
        service.view_functions["/api/v1/jobs ['POST']"] = lambda: (
            seen.append(request.get_json()) or {"id": "j9"},
            202,
        )
        done = run(
            "train",
            "d1",
            "--target",
            "y",
            "--budget",
            "2m",
            "--exclude",
            "id",
            "--model",
            "linear",
            "--no-wait",
        )
        assert done.exit_code == 0, done.output
        assert "watch j9" in done.stdout
        assert (seen[0]["time_budget_s"], seen[0]["exclude_columns"], seen[0]["models"]) == (
            120,
            ["id"],
            ["linear"],
        )

    def test_data_that_cannot_be_learnt_from_starts_nothing(self, service: Flask, run: Run) -> None:
        finding = {"severity": "error", "column": "y", "detail": "One value only.", "fix": "Choose another."}
        service.view_functions["/api/v1/datasets/d1/checks ['POST']"] = lambda: {"findings": [finding]}
        service.view_functions["/api/v1/jobs ['POST']"] = lambda: pytest.fail("a job was started")
        done = run("train", "d1", "--target", "y")
        assert done.exit_code == 1
        assert "Error: y: One value only. Choose another." in done.stderr

    def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(self, service: Flask, run: Run) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        service.view_functions["/api/v1/jobs/j1/events ['GET']"] = interrupt
        done = run("watch", "j1")
        assert done.exit_code == 130
        assert "continues" in done.stderr
        assert "watch j1" in done.stderr

    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            (["upload", "a.csv"], "train d1 --target COLUMN"),
            (["upload", "a.csv", "--delimiter", "tab", "--no-header", "--bad-rows", "skip"], "train d1"),
            (["datasets"], "1.23 kB"),
            (["jobs", "--state", "succeeded"], "j1"),
            (["models"], "0.8731"),
            (["model", "m1"], "importance"),
            (["watch", "j1"], "predict m1 FILE.csv"),
            (["stop", "j1"], "watch j1"),
            (["predict", "m1", "a.csv", "-o", "-"], "age,prediction\n3,1\n"),
            (["explain", "m1", "age=3", "city=a=b"], "Predicted yes, with probability 0.8."),
            (["explain", "m1", "age=3", "city=a=b"], "Base prediction: 0.5"),
            (["explain", "m1", "age=3", "city=a=b", "--json"], '"explanation_unit"'),
        ],
    )
    def test_commands_show(self, run: Run, words: list[str], shown: str) -> None:
        done = run(*words)
        assert done.exit_code == 0, done.output
        assert shown in done.stdout

    @pytest.mark.parametrize(("command", "id_"), [("datasets", "d1"), ("jobs", "j1"), ("models", "m1")])
    def test_lists_are_json_for_programs(self, run: Run, command: str, id_: str) -> None:
        assert json.loads(run(command, "--json").stdout)[0]["id"] == id_

    def test_the_greatest_contribution_comes_first(self, run: Run) -> None:
        shown = run("explain", "m1", "age=3", "city=a=b").stdout
        assert shown.index("city") < shown.index("age")
        assert run("explain", "m1", "age").exit_code == 1
        assert run("explain", "m1", "age=1", "age=2").exit_code == 1

    def test_upload_model_says_what_it_predicts_and_what_was_guessed(self, service: Flask, run: Run) -> None:
        seen: list[Any] = []
        features = [{"name": "age"}, {"name": "income"}]
        made = {"id": "m2", "target": "y", "task": "binary", "features": features, "warnings": ["Its labels are 0, 1."]}
        service.post("/api/v1/models")(lambda: (seen.append(dict(request.args)) or made, 201))
        done = run("upload-model", "a.csv", "--target", "y", "--inputs", "age,income", "--labels", "no,yes")
        assert done.exit_code == 0, done.output
        assert seen == [{"name": "a.csv", "target": "y", "inputs": '["age", "income"]', "labels": '["no", "yes"]'}]
        assert "predict m2 FILE.csv" in done.stdout
        assert "Its labels are 0, 1." in done.stdout

    def test_files_are_written_where_told_or_beside(self, run: Run, data: Path) -> None:
        assert run("predict", "m1", "a.csv").exit_code == 0
        assert run("predict", "m1", "a.csv", "-o", "b.csv").exit_code == 0
        assert run("download", "m1").exit_code == 0
        assert run("report", "m1").exit_code == 0
        assert run("report", "d1", "--dataset", "-o", "look.html").exit_code == 0
        assert (data / "a-predicted.csv").read_text() == (data / "b.csv").read_text() == "age,prediction\n3,1\n"
        assert (data / "m1.nb").read_bytes() == b"bundle"
        assert (data / "m1.html").read_text() == "<p>model"
        assert (data / "look.html").read_text() == "<p>dataset"

    def test_a_check_says_task_and_metric_and_whether_it_can_be_learnt(self, service: Flask, run: Run) -> None:
        done = run("check", "a.csv", "--target", "y")
        assert done.exit_code == 0, done.output
        assert "y makes a binary task, scored by auc." in done.stdout
        finding = {"severity": "error", "column": "y", "detail": "One value only.", "fix": "Choose another."}
        service.view_functions["/api/v1/datasets/d1/checks ['POST']"] = lambda: {"findings": [finding]}
        done = run("check", "d1", "--target", "y")
        assert (done.exit_code, "One value only." in done.stderr) == (1, True)
        done = run("check", "d1", "--target", "y", "--json")
        assert (done.exit_code, json.loads(done.stdout)["findings"]) == (1, [finding])

    def test_without_a_budget_the_server_says_how_long(self, service: Flask, run: Run) -> None:
        seen: list[Any] = []
        service.view_functions["/api/v1/jobs ['POST']"] = lambda: (seen.append(request.get_json()) or {"id": "j9"}, 202)
        assert run("train", "d1", "--target", "y", "--no-wait").exit_code == 0
        assert "time_budget_s" not in seen[0]

    def test_jobs_of_80_columns_break_no_word(self, service: Flask, run: Run) -> None:
        job = {
            "id": "7vsl2b4ho4g6i0q1e8", "target": "churned_2026", "state": "cancelling", "phase": "searching",
            "metric": "balanced_accuracy", "progress": {"best_score": 0.87312}, "model_id": "7vsl2b4ho4g6i0q1f9",
            "created_at": "2026-12-01T00:48:00Z",
        }  # fmt: skip
        service.view_functions["/api/v1/jobs ['GET']"] = lambda: {"items": [job]}
        shown = run("jobs", env={"COLUMNS": "80"}).stdout
        for word in (job["id"], "churned_2026", "cancelling", "0.8731", job["model_id"]):
            assert str(word) in shown
        assert max(map(len, shown.splitlines())) <= 80
        wide = run("jobs", env={"COLUMNS": "132"}).stdout
        assert all(word in wide for word in ("2026-12-01", "balanced_accuracy", "searching"))

    @pytest.mark.parametrize(
        ("kind", "path"),
        [("dataset", "datasets"), ("job", "jobs"), ("model", "models"), ("endpoint", "endpoints"),
         ("evaluation", "evaluations"), ("comparison", "comparisons")],
    )  # fmt: skip
    def test_what_is_deleted_is_asked_about_first(self, service: Flask, run: Run, kind: str, path: str) -> None:
        gone: list[str] = []
        service.delete(f"/api/v1/{path}/<id>")(lambda id: (gone.append(id) or "", 204))
        assert run("delete", kind, "x", input="n\n").exit_code != 0
        assert run("delete", kind, "x", input="").exit_code != 0
        assert gone == []
        done = run("delete", kind, "x", "y", "--yes")
        assert done.exit_code == 0, done.output
        assert gone == ["x", "y"]
        assert f"Deleted {kind} y." in done.stdout
        assert run("delete", kind, "z", input="y\n").exit_code == 0
