"""What all boosters share: when a fit ends and how large its steps are, by the loss and by the time there is."""

from __future__ import annotations

import time

import numpy as np

from automl.models.base import Effort, FitData, TaskSpec
from automl.models.crosses.family import CrossingFamily

MAX_ROUNDS = 10_000
MIN_ROUNDS = 50
PROBE_ROUNDS = 5
PROBE_SHARE = 0.3
"""Share of the allowance, at its beginning, in which steps are settled: later changes would only add noise."""
INCREASE_FROM = 1.2
ARRIVED_SHARE = 0.8
"""Share of the way that a fit ended by the clock must have gone to count as one that was not cut short: how many rounds
are affordable is known from a few of them only."""
REPEATED_SHARE = 0.95
"""The same share where it is known how far to go."""


class Booster(CrossingFamily):
    """A boosting library: what it costs."""

    shares_crosses = True
    min_seconds = 0.5
    round_s = 1e-3
    cell_s = 4e-9
    """Seconds of one thread for a round of one output: at least, and for each cell of the table."""

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        """Estimate the seconds of the least worthwhile rounds: more time makes more of them, less makes larger ones."""
        outputs = problem.n_classes if problem.task == "multiclass" else 1
        return MIN_ROUNDS * outputs * (self.round_s + self.cell_s * n_rows * n_columns) / problem.n_jobs

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        """Estimate the bytes of the matrix, its bins, and gradients of every output."""
        return 8 * n_rows * (n_columns + 4 * max(1, problem.n_classes))


def patience(n_rows: int, best_round: int, learning_rate: float) -> int:
    """Return the number of rounds without gain after which a booster stops.

    Long on small data, where rounds are cheap and noisy, and for small steps, which need many to get anywhere:
    AutoGluon's rule (300 rounds, less beyond 10,000 rows), scaled by the learning rate.
    """
    longest = min(300.0, 6.0 / learning_rate) * min(1.0, 10_000 / max(n_rows, 1))
    return int(max(20, longest, 0.3 * best_round + 20))


class AdaptiveStopping:
    """Early stopping, deadline and step size of one boosting fit. One object a fit, never shared.

    A fit that its deadline would cut off in the middle learns less than one that took larger steps. From the time of
    the first rounds follows how many are affordable; `rate` is raised so that they cover `distance`, the sum of
    learning rates after which most boosters have arrived.

    Rounds for a refit are counted in steps of the nominal learning rate, so that refits with other steps go as far.
    A fit that is to repeat the effort of an earlier one takes its steps, and goes as far.

    Args:
        fold: whose deadline holds; its `rounds`, or those to repeat, if any, say how far to go.
        learning_rate: nominal, of the booster.
        distance: to be covered before the deadline.
        highest: learning rate.
        tail_s: seconds a round that follow the training, for writing and reading its trees.
    """

    def __init__(
        self, fold: FitData, learning_rate: float, distance: float, highest: float, tail_s: float = 0.0
    ) -> None:
        repeat = fold.repeat or Effort()
        self._goal = repeat.rounds if fold.rounds is None else fold.rounds
        self.rate = repeat.learning_rate or learning_rate
        self.best_round = 0
        self._fold = fold
        self._nominal = learning_rate
        self._wanted = distance if self._goal is None else self._goal * learning_rate
        self._tail_s = tail_s
        self._highest = max(highest, learning_rate)
        self._travelled = self._best_travelled = 0.0
        self._least = np.inf
        self._is_out_of_time = False
        self._started = time.monotonic()

    @property
    def effort(self) -> Effort:
        """Steps and, where the clock ended the fit, its nominal rounds."""
        rounds = self._travelled / self._nominal if self._is_out_of_time else None
        return Effort(rounds=rounds, learning_rate=self.rate)

    @property
    def is_truncated(self) -> bool:
        """Whether the clock ended the fit on its way."""
        # What ended by its own rule before has no place where the same is sure to have come to its end.
        is_open = self._fold.repeat is not None and self._goal is None
        share = ARRIVED_SHARE if self._goal is None else REPEATED_SHARE
        return self._is_out_of_time and (is_open or self._travelled < share * self._wanted)

    @property
    def rounds(self) -> int:
        """Nominal rounds up to the best one."""
        return max(1, round(self._best_travelled / self._nominal))

    def stop(self, round_: int, loss: float | None) -> bool:
        """Return whether to stop after the 0-based round with that validation loss (None: there is none)."""
        self._travelled += self.rate
        if loss is None or loss < self._least:
            self._least = np.inf if loss is None else loss
            self.best_round, self._best_travelled = round_, self._travelled
        if self._goal is not None and self._travelled >= self._wanted - self.rate / 2:
            return True
        if self._fold.is_over() or time.monotonic() + self._tail_s * (round_ + 1) >= self._fold.deadline:
            self._is_out_of_time = True
            return True
        return round_ - self.best_round >= patience(len(self._fold.train), self.best_round, self.rate)

    def increase_learning_rate(self, round_: int) -> bool:
        """Return whether `rate` had to be raised after the 0-based round, for the time that is left."""
        if self._fold.repeat is not None:
            return False
        now = time.monotonic()
        elapsed, left = now - self._started, self._fold.deadline - now
        if round_ + 1 < PROBE_ROUNDS or left <= 0 or elapsed > PROBE_SHARE * (elapsed + left):
            return False
        affordable = max(1.0, left / (elapsed / (round_ + 1) + self._tail_s))
        needed = min(self._highest, (self._wanted - self._travelled) / affordable)
        if needed < INCREASE_FROM * self.rate:
            return False
        self.rate = needed
        return True

    def restart(self) -> None:
        """Begin anew, with the rate as it is."""
        self.best_round, self._least = 0, np.inf
        self._travelled = self._best_travelled = 0.0
        self._started = time.monotonic()
