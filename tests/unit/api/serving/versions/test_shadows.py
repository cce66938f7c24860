"""Shadows predict beside the answer: however they fail, whoever offers them rows goes on at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from api.serving.row_predictions import Columns
from api.serving.versions.shadows import ShadowJob, ShadowPool, agree
from core.observability.metrics import REGISTRY
from tests.waiting import wait_for


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def outcomes() -> dict[str, float]:
    return {
        name: value("nobrains_shadow_predictions_total", outcome=name) for name in ("agreed", "differed", "failed")
    } | {"skipped": value("nobrains_shadow_skipped_total")}


@pytest.fixture
def counted() -> Callable[[], dict[str, float]]:
    before = outcomes()
    return lambda: {name: count - before[name] for name, count in outcomes().items()}


def job(predict: Callable[[Columns], Any], expected: list[Any], **columns: list[Any]) -> ShadowJob:
    return ShadowJob(predict, columns, expected)


def test_agreement_is_counted_row_by_row(counted: Callable[[], dict[str, float]]) -> None:
    pool = ShadowPool()
    pool.offer(job(lambda columns: columns["size"], ["a", "b", "c"], size=["a", "x", "c"]))
    wait_for(lambda: counted() == {"agreed": 2, "differed": 1, "failed": 0, "skipped": 0})


def test_a_shadow_that_fails_is_counted_and_the_next_one_runs(counted: Callable[[], dict[str, float]]) -> None:
    def fail(_: Columns) -> list[Any]:
        raise ValueError("broken")

    pool = ShadowPool(threads=1)
    pool.offer(job(fail, ["a", "b"]))
    pool.offer(job(lambda _: ["a"], ["a"]))
    wait_for(lambda: counted() == {"agreed": 1, "differed": 0, "failed": 2, "skipped": 0})


def test_shadows_that_hang_fill_the_queue_and_the_rest_is_skipped(counted: Callable[[], dict[str, float]]) -> None:
    release, begun = threading.Event(), threading.Semaphore(0)

    def hang(_: Columns) -> list[Any]:
        begun.release()
        release.wait()
        return ["a"]

    pool = ShadowPool(threads=2, max_jobs=3)
    for _ in range(2):
        pool.offer(job(hang, ["a"]))
        begun.acquire()
    for _ in range(5):
        pool.offer(job(hang, ["a"]))  # It returns: nothing else would let them go on.
    assert counted() == {"agreed": 0, "differed": 0, "failed": 0, "skipped": 2}
    release.set()
    wait_for(lambda: counted()["agreed"] == 5)


def test_rows_that_wait_are_limited_by_their_size(counted: Callable[[], dict[str, float]]) -> None:
    release = threading.Event()

    def hang(_: Columns) -> list[Any]:
        release.wait()
        return ["a"]

    pool = ShadowPool(max_bytes=10_000)
    pool.offer(job(hang, ["a"], size=["x" * 6000]))
    pool.offer(job(hang, ["a"], size=["x" * 6000]))
    assert counted()["skipped"] == 1
    release.set()
    wait_for(lambda: counted()["agreed"] == 1)
    wait_for(lambda: pool._waiting_bytes == 0)
    pool.offer(job(hang, ["a"], size=["x" * 6000]))
    wait_for(lambda: counted()["agreed"] == 2)


@pytest.mark.parametrize(
    ("expected", "predicted", "same"),
    [("yes", "yes", True), ("yes", "no", False), ("1", 1.0, False), (100.0, 100.9, True), (100.0, 102.0, False),
     (0.0, 0.0, True), (-5.0, 5.0, False), (float("nan"), 1.0, False)],
)  # fmt: skip
def test_numbers_agree_within_a_hundredth(expected: Any, predicted: Any, same: bool) -> None:
    assert agree(expected, predicted) is same
