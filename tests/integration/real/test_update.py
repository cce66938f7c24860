"""What Kubernetes does to pods, done to processes: the new one is started and seen to be ready, the old one gets
SIGTERM, and has ended by itself before its grace is over. There no request is sent to a pod that is leaving (preStop);
here the balancer still believes in it, which is harder. Apis have a test of their own, `test_rolling.py`."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml

from nobrains_client import Client, Dataset, Job, Model
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.integration.real.role import Role
from tests.k8s.kustomize import K8S
from tests.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]

PAUSE_S = 0.05


def starts(role: Role) -> int:
    """How often this worker has begun its loop, which is what its readiness probe looks for."""
    return role.said("worker.started") if role.log.exists() else 0


def replace(old: Role, new: Role, pod: str, is_ready: Callable[[], bool]) -> None:
    """A rolling update of one pod by `maxSurge: 1, maxUnavailable: 0`."""
    new.start()
    wait_for(is_ready)
    told_at = time.monotonic()
    assert old.stop() == 0
    assert time.monotonic() - told_at < grace_s(pod)


def replace_worker(old: Role, new: Role, pod: str) -> None:
    before_it = starts(new)
    replace(old, new, pod, lambda: starts(new) > before_it)


def grace_s(pod: str) -> float:
    """How long Kubernetes waits before it kills."""
    deployment = next(yaml.safe_load_all((K8S / "base" / f"{pod}.yaml").read_text()))
    grace: float = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    return grace


@contextmanager
def asking(ask: Callable[[], object]) -> Iterator[Counter[str]]:
    """Ask again and again for as long as the block lasts; what came of it."""
    over, answers = threading.Event(), Counter[str]()

    def go_on() -> None:
        while not over.wait(PAUSE_S):
            try:
                answers[str(ask())] += 1
            except Exception as exc:
                answers[repr(exc)] += 1

    asker = threading.Thread(target=go_on)
    asker.start()
    try:
        yield answers
    finally:
        over.set()
        asker.join()


def test_a_training_goes_on_in_the_worker_that_follows(service: Deployment, grace: Client, training: Job) -> None:
    before = {trial.number: trial.score for trial in grace.trials(training) if trial.state == "complete"}
    replace_worker(service.train, service.train_b, "worker-train")
    known = trials_done(grace, training)
    wait_for(lambda: grace.job(training).state == "running" and trials_done(grace, training) > known)
    grace.stop(training)
    done = grace.wait(training, timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", 1)  # It was no attempt.
    after = {trial.number: trial.score for trial in grace.trials(training)}
    assert before.items() <= after.items()
    replace_worker(service.train_b, service.train, "worker-train")


def test_whoever_uploads_meanwhile_gets_a_profile(service: Deployment, grace: Client, tips: Path) -> None:
    made: list[Dataset] = []

    def upload() -> str:
        made.append(grace.upload(tips))
        return "kept"

    with asking(upload) as answers:
        wait_for(lambda: len(made) > 2)
        replace_worker(service.profile, service.profile_b, "worker-profile")
        seen = len(made)
        wait_for(lambda: len(made) > seen + 2)
    assert set(answers) == {"kept"}
    assert {grace.wait_ready(each).state for each in made} == {"ready"}
    for each in made:
        grace.delete_dataset(each)
    replace_worker(service.profile_b, service.profile, "worker-profile")


def test_no_prediction_is_refused(service: Deployment, grace: Client, model: Model) -> None:
    address = f"{service.url}/api/v1/models/{model.id}/predict"
    instance = {"total_bill": 20, "tip": 3, "sex": "Male", "day": "Sun", "time": "Dinner", "size": 2}
    headers = {"Authorization": f"Bearer {grace.token}"}

    def predict() -> int:
        return requests.post(address, json={"instances": [instance]}, headers=headers, timeout=60).status_code

    with asking(predict) as answers:
        wait_for(lambda: answers.total() > 5)

        def in_the_balance() -> bool:
            service.predictor_b.wait_ready()
            service.balancer.wait_until(True, f"predictor-{service.predictor_b.port}")
            return True

        replace(service.predictor, service.predictor_b, "predictor", in_the_balance)
        seen = answers.total()
        wait_for(lambda: answers.total() > seen + 5)
        service.predictor.start().wait_ready()
        service.balancer.wait_until(True, f"predictor-{service.predictor.port}")
        assert service.predictor_b.stop() == 0
    assert set(answers) == {"200"}


def test_a_job_of_keda_ends_when_its_work_has(service: Deployment, grace: Client, dataset: Dataset) -> None:
    """Its message is gone as its work begins, so nobody counts it any more. What comes later waits for the next."""
    assert service.train.stop() == 0
    of_keda = Role(("worker", "--queue", "train", "--until-idle", "2"), service.environ, service.folder / "of-keda.log")
    first = grace.train(dataset, "smoker", 5, models=["linear"])
    of_keda.start()
    assert grace.wait(first, timeout_s=PATIENCE_S).state == "succeeded"
    assert of_keda.process is not None
    assert of_keda.process.wait(PATIENCE_S) == 0
    second = grace.train(dataset, "smoker", 5, models=["linear"])
    assert grace.job(second).state == "queued"
    of_keda.process = None
    of_keda.start()
    assert grace.wait(second, timeout_s=PATIENCE_S).state == "succeeded"
    replace_worker(of_keda, service.train, "worker-train")
