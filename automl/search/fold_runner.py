"""Folds of one trial: fitted all at once by families that can, else side by side in threads, one core each.

On tables of up to some ten thousand rows two fits on one thread each finish long before the same two fits on two
threads one after the other: a round of boosting is too short to be shared out.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from threadpoolctl import threadpool_limits

from automl.models import get_family
from automl.models.base import Effort
from automl.search.training_set import FittedFold, TrainingSet
from automl.search.trial import Trial

POLL_S = 0.05
Folds = Generator[FittedFold | None, None, None]


def fit_folds(
    training: TrainingSet, trial: Trial, indices: Sequence[int], deadline: float, repeat: Effort | None = None
) -> Folds:
    """Yield the fitted folds in the order of `indices`; None for those that time or a stop left out.

    Closing the generator early gives the remaining folds up.

    Args:
        training: what to fit on.
        trial: family and parameters.
        indices: of the splits.
        deadline: `time.monotonic()` at which all must be over. The constant runs even when it has passed, as it is
            what there is when all else fails.
        repeat: the effort that each fit is to make; None is to choose it by the time.
    """
    if get_family(trial.model).fits_folds_jointly and len(indices) > 1:
        yield from _fit_jointly(training, trial, indices, deadline, repeat)
    elif len(indices) == 1 or training.task_spec.n_jobs == 1 or trial.is_baseline:
        yield from _fit_sequentially(training, trial, indices, deadline, repeat)
    else:
        yield from _fit_in_parallel(training, trial, indices, deadline, repeat)


def _fit_jointly(
    training: TrainingSet, trial: Trial, indices: Sequence[int], deadline: float, repeat: Effort | None
) -> Folds:
    started = time.monotonic()
    if started >= deadline or training.should_stop():
        yield from [None] * len(indices)
        return
    folds = [training.fit_data(index, deadline, training.should_stop, repeat) for index in indices]
    models = get_family(trial.model).fit_folds(trial.params, training.task_spec, folds)
    share_s = (time.monotonic() - started) / len(folds)
    for model, fold in zip(models, folds, strict=True):
        yield training.validate(model, fold, share_s)


def _fit_sequentially(
    training: TrainingSet, trial: Trial, indices: Sequence[int], deadline: float, repeat: Effort | None
) -> Folds:
    for position, index in enumerate(indices):
        now = time.monotonic()
        if not trial.is_baseline and (now >= deadline or training.should_stop()):
            yield None
            continue
        share = now + max((deadline - now) / (len(indices) - position), 0.0)
        fold = training.fit_data(index, share, training.should_stop, repeat)
        yield training.fit(trial, fold, training.task_spec.n_jobs)


def _fit_in_parallel(
    training: TrainingSet, trial: Trial, indices: Sequence[int], deadline: float, repeat: Effort | None
) -> Folds:
    width = min(training.task_spec.n_jobs, len(indices))
    n_jobs = training.task_spec.n_jobs // width
    given_up = threading.Event()
    turn = _FoldSchedule(len(indices), width, deadline)

    def fit(index: int) -> FittedFold | None:
        now = time.monotonic()
        if now >= deadline or given_up.is_set():
            return None
        return training.fit(trial, training.fit_data(index, turn.deadline(now), given_up.is_set, repeat), n_jobs)

    # BLAS has threads of its own, as many as there are cores for every caller: together they would be too many.
    with threadpool_limits(n_jobs, "blas"), ThreadPoolExecutor(width, thread_name_prefix="fold") as pool:
        futures = [pool.submit(fit, index) for index in indices]
        try:
            for future in futures:
                yield _wait_or_stop(future, training.should_stop, given_up)
        finally:
            given_up.set()


def _wait_or_stop(
    future: Future[FittedFold | None], should_stop: Callable[[], bool], given_up: threading.Event
) -> FittedFold | None:
    """Wait for the result; meanwhile check here whether the user wants to stop, in the thread that it belongs to."""
    while not wait([future], timeout=POLL_S).done:
        if should_stop():
            given_up.set()
    return future.result()


class _FoldSchedule:
    """Equal shares of the time for the folds that are still to begin.

    Args:
        n_folds: in all.
        width: how many run at once.
        deadline: `time.monotonic()` of the whole.
    """

    def __init__(self, n_folds: int, width: int, deadline: float) -> None:
        self._left = n_folds
        self._width = width
        self._deadline = deadline
        self._lock = threading.Lock()

    def deadline(self, now: float) -> float:
        """Return the deadline of the next fold, which begins now."""
        with self._lock:
            turns = math.ceil(self._left / self._width)
            self._left -= 1
        return now + (self._deadline - now) / turns
