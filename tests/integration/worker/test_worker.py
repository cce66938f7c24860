"""A worker with its real child processes over the embedded back ends: what it makes, and what it says of bad data."""

from __future__ import annotations

import pytest

from core.domain import states
from core.domain.evaluations import NewEvaluation
from core.storage import rows
from tests.integration.worker.bench import QUICK, Bench, wait

pytestmark = pytest.mark.integration


def test_a_job_from_queue_to_model(bench: Bench) -> None:
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len({each.model for each in trials if each.score is not None}) > 3)
    view = bench.stop_training(job)
    assert view.task_state.result is not None
    model = bench.service.models.get(bench.user, view.task_state.result["model_id"])
    assert model.summary["scores"]["reported"]["auc"]["mean"] > 0.7
    trials = bench.trials(job)
    assert [trial.number for trial in trials] == list(range(len(trials)))
    # What served the search only is gone, and so is the child's folder.
    wait(lambda: list(bench.service.ports.blobs.names(f"{bench.user}/trials/")), lambda left: not left)
    wait(lambda: list(worker.context.scratch_dir.iterdir()), lambda left: not left)


def test_stop_keeps_the_best_so_far_and_cancel_keeps_nothing(bench: Bench) -> None:
    bench.start("train")
    dataset = bench.dataset()
    stopped = bench.submit(dataset, time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(stopped), lambda trials: any(trial.state == "complete" for trial in trials))
    bench.stop_training(stopped)
    cancelled = bench.submit(dataset, time_budget_s=600, models=QUICK)
    bench.wait(cancelled, states.RUNNING)
    bench.service.jobs.request_stop(bench.user, cancelled, states.CANCEL)
    view = bench.wait(cancelled, *states.FINAL)
    assert (view.state, view.task_state.result) == (states.CANCELLED, None)


def test_what_cannot_be_learned_from_fails_with_a_reason(bench: Bench) -> None:
    bench.start("train")
    constant = b"a,y\n" + b"".join(b"%d,same\n" % number for number in range(50))
    job = bench.submit(bench.dataset(constant))
    view = bench.wait(job, *states.FINAL)
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["detail"]
    assert view.task_state.attempt == 1


def test_a_file_that_turns_out_bad_is_rejected_with_the_line(bench: Bench) -> None:
    good = b"".join(b"%d,x\n" % number for number in range(300_000))
    dataset = bench.dataset(b"a,y\n" + good + b"1,2,3\n")
    assert dataset.state == "rejected"
    assert dataset.error is not None
    assert (dataset.error["reason"], dataset.error["line"]) == ("ROW_TOO_LONG", 300_002)


def test_the_child_has_no_settings_and_no_credentials(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOBRAINS_DATA", "GOOGLE_APPLICATION_CREDENTIALS", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-secret")
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    child = bench.child(worker)
    assert "a-secret" not in child.environ().values()
    assert all(str(bench.settings.folder) not in file.path for file in child.open_files())
    bench.service.jobs.request_stop(bench.user, job, states.CANCEL)
    bench.wait(job, *states.FINAL)


def test_stored_predictions_and_an_evaluation(bench: Bench) -> None:
    bench.start("train")
    dataset = bench.dataset()
    view = bench.wait(bench.submit(dataset, time_budget_s=3, models=["linear"]), *states.FINAL)
    assert view.task_state.result is not None
    stored = bench.service.predictions.submit(bench.user, view.task_state.result["model_id"], dataset.id)
    done = wait(
        lambda: bench.service.predictions.view(stored.prediction), lambda each: each.task_state.state in states.FINAL
    )
    blob = bench.service.predictions.blob(done).name  # type: ignore[arg-type]
    csv = b"".join(bench.service.ports.blobs.read(blob)).decode().splitlines()
    assert csv[0] == "a,b,c,y,prediction,probability_no,probability_yes,prediction_warnings"
    assert len(csv) == 401
    evaluations, new = bench.service.evaluations, NewEvaluation(dataset.id, stored.prediction.model_id, slices=("b",))
    measured = evaluations.submit(bench.user, new).record
    ended = wait(lambda: evaluations.view(measured), lambda each: each.task_state.state in states.FINAL)
    assert ended.task_state.error is None
    found = evaluations.content(ended)
    assert found is not None
    assert (found["rows"], found["overlap"]["rows_seen_in_training"]) == (400, 400)
    assert found["drift"]["inputs"]["drifted"] is False
    assert evaluations.report(ended).size_bytes > 10_000
    wait(lambda: list(rows.scan_all(bench.service.ports.tables, "active#")), lambda left: not left)
