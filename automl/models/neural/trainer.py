"""Trains the networks of all folds at once.

Five small matrix products keep two cores busy where one does not, and five folds pay for one compilation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from automl.models.neural.keras_network import FoldNetwork, Rows, padded
from automl.models.neural.network import Network
from automl.models.neural.schedule import TimedSchedule, coslog4, flat_cos

CHECKPOINTS = 48
"""Times a training is scored."""
MAX_SCORING_SHARE = 0.3
"""Share of the time; beyond it, as in the few steps of a short training on many rows, marks are passed over."""
BETA1, BETA2, EPSILON = 0.9, 0.95, 1e-8
STEP_FACTORS = {"scale": 6.0, "frequency": 0.1, "phase": 0.1, "mixing": 0.1, "mixing_bias": 0.1}
BIAS_STEP_FACTOR = 0.1
INVERSE_TEMPERATURES = np.geomspace(0.05, 1.5, 24, dtype=np.float32)
VALID_CHUNK = 2_048


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of a training.

    Attributes:
        is_classifier: outputs are logits; otherwise one value.
        uses_absolute_error: minimise absolute rather than squared errors.
        learning_rate, weight_decay, dropout: at their height; they follow the schedule.
        batch: rows of each fold in one step.
        epochs: of a training that is not short of time.
        seed: of batches and dropout.
        is_adaptive: whether the schedule is gone through in fewer steps where time is short.
    """

    is_classifier: bool
    uses_absolute_error: bool
    learning_rate: float
    weight_decay: float
    dropout: float
    batch: int
    epochs: float
    seed: int
    is_adaptive: bool = True


class FoldTrainer:
    """One training of all folds, to be run once.

    States of the networks are compared by their validation loss at the temperature that is best for all folds
    ("refine, then calibrate", Berta et al. 2025): without it an overconfident network looks its best when it has hardly
    learned.

    Args:
        start: of the m folds, stacked.
        train, valid: rows of each fold.
        recipe: how.

    Attributes:
        best_losses: of each fold's best state on its validation rows, (m,).
        best_progress: how far in the schedule, from 0 to 1, each was, (m,).
        progress: how far in the schedule the training came.
        epochs: how often it went through the rows.
    """

    def __init__(self, start: Network, train: Sequence[Rows], valid: Sequence[Rows], recipe: TrainingConfig) -> None:
        self._recipe = recipe
        self._network = FoldNetwork(start)
        self._counts = [len(rows.y) for rows in train]
        mean_count = float(np.mean(self._counts))
        self._batch = min(recipe.batch, round(mean_count))
        self._planned_steps = max(1, round(recipe.epochs * mean_count / self._batch))
        # Flat, with the folds one after the other: one gather then fetches the batches of all.
        self._train = [tf.reshape(each, (-1, *each.shape[2:])) for each in padded(train, 1)]
        n_valid = np.array([len(rows.y) for rows in valid])
        self._chunk = min(VALID_CHUNK, int(n_valid.max()))
        self._valid = padded(valid, self._chunk)
        inside = np.arange(self._valid[0].shape[1]) < n_valid[:, None]
        self._shares = tf.constant((inside / n_valid[:, None]).astype(np.float32))
        self._first = {name: tf.Variable(tf.zeros_like(v.value)) for name, v in self._network.parts.items()}
        self._second = {name: tf.Variable(tf.zeros_like(v.value)) for name, v in self._network.parts.items()}
        self._best = {name: tf.Variable(v.value) for name, v in self._network.parts.items()}
        self.best_losses = np.full(len(train), np.inf)
        self.best_progress = np.zeros(len(train))
        self.progress, self.epochs = 0.0, 0.0
        self._best_inverses = np.ones(len(train), dtype=np.float32)
        # Compiled anew for each training, whose shapes are its own; a decorated method would keep them for ever.
        per_step = tf.TensorSpec((None,), tf.float32)
        rows = tf.TensorSpec((None, len(train), self._batch), tf.int32)
        count = tf.TensorSpec((), tf.int32)
        self._steps = tf.function(self._take_steps, input_signature=(rows, per_step, per_step, per_step, count))
        self._losses = tf.function(self._valid_losses)
        self._keep = tf.function(self._keep_better)

    def run(self, deadline: float, is_over: Callable[[], bool]) -> Network:
        """Train, and return each fold's best state with its logits tempered.

        Args:
            deadline: `time.monotonic()` by which the schedule is to end.
            is_over: called now and then; True ends the training at once.
        """
        rng = np.random.default_rng(self._recipe.seed)
        deal = [_cycle_batches(rng, count) for count in self._counts]
        # A step of no length, and its score: they compile what follows, which alone can be timed.
        self._step(np.zeros(1), deal, 0)
        self._score(0.0)
        end = deadline if self._recipe.is_adaptive else math.inf
        pace = TimedSchedule(self._planned_steps, end, CHECKPOINTS)
        started, scored_s, taken = time.monotonic(), 0.0, 1
        is_last = False
        while not is_last:
            progress = pace.next_steps()
            self._step(progress, deal, taken)
            taken += len(progress)
            now = time.monotonic()
            is_last = pace.is_done or now >= deadline or is_over()
            if (pace.passes_checkpoint() and scored_s <= MAX_SCORING_SHARE * (now - started)) or is_last:
                self._score(pace.progress)
                scored_s += time.monotonic() - now
        self.progress = pace.progress
        self.epochs = pace.steps * self._batch / float(np.mean(self._counts))
        arrays = {name: variable.numpy() for name, variable in self._best.items()}
        start = self._network.start
        for name in (f"weights{start.depth - 1}", f"bias{start.depth - 1}"):
            arrays[name] = arrays[name] * self._best_inverses.reshape(-1, *[1] * (arrays[name].ndim - 1))
        return Network(start.activation, start.periodic, arrays)

    def _step(self, progress: npt.NDArray[np.float64], deal: Sequence[_Dealer], taken: int) -> None:
        """Take the steps at these points of the schedule."""
        longest = max(self._counts)
        rows = np.stack([dealer(len(progress) * self._batch) + i * longest for i, dealer in enumerate(deal)])
        rows = rows.reshape(len(deal), len(progress), self._batch).transpose(1, 0, 2)
        heights = (self._recipe.learning_rate, self._recipe.weight_decay, self._recipe.dropout)
        courses = (coslog4(progress), flat_cos(progress), flat_cos(progress))
        per_step = [tf.constant(height * course, tf.float32) for height, course in zip(heights, courses, strict=True)]
        self._steps(tf.constant(rows, tf.int32), *per_step, tf.constant(taken, tf.int32))

    def _score(self, progress: float) -> None:
        """Score the networks as they are now, and keep those that are better than ever."""
        matrix, indices, y = self._valid
        total: Any = 0.0
        for start in range(0, matrix.shape[1], self._chunk):
            part = slice(start, start + self._chunk)
            total += self._losses(matrix[:, part], indices[:, part], y[:, part], self._shares[:, part]).numpy()
        at = int(np.argmin(total.mean(axis=1)))
        better = total[at] < self.best_losses
        if better.any():
            self._keep(tf.constant(better))
        self.best_losses[better], self.best_progress[better] = total[at][better], progress
        self._best_inverses[better] = INVERSE_TEMPERATURES[at] if self._recipe.is_classifier else 1.0

    def _valid_losses(self, matrix: Any, indices: Any, y: Any, shares: Any) -> Any:
        """Compute the losses for each temperature and fold; one temperature only for regression."""
        outputs = self._network(matrix, indices)
        inverses = INVERSE_TEMPERATURES if self._recipe.is_classifier else (1.0,)
        return tf.stack([tf.reduce_sum(self._row_losses(outputs * each, y) * shares, axis=1) for each in inverses])

    def _row_losses(self, outputs: Any, y: Any) -> Any:
        if self._recipe.is_classifier:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)
        errors = outputs[..., 0] - y
        return tf.abs(errors) if self._recipe.uses_absolute_error else tf.square(errors)

    def _take_steps(self, rows: Any, rates: Any, decays: Any, dropouts: Any, taken: Any) -> None:
        for i in tf.range(tf.shape(rows)[0]):
            matrix, indices, y = (tf.gather(each, rows[i]) for each in self._train)
            with tf.GradientTape() as tape:
                dropout = dropouts[i] if self._recipe.dropout else None
                outputs = self._network(matrix, indices, dropout, self._recipe.seed + taken + i)
                # A sum over folds: each fold's gradient is its own.
                loss = tf.reduce_sum(tf.reduce_mean(self._row_losses(outputs, y), axis=1))
            names = list(self._network.parts)
            variables = [self._network.parts[name].value for name in names]
            count = tf.cast(taken + i + 1, tf.float32)
            for name, variable, gradient in zip(names, variables, tape.gradient(loss, variables), strict=True):
                factor = BIAS_STEP_FACTOR if name.startswith("bias") else STEP_FACTORS.get(name, 1.0)
                if name.startswith(("weights", "embedding")):
                    variable.assign_sub(variable * (rates[i] * decays[i]))
                # AdamW (Loshchilov and Hutter 2019) by TensorFlow's fused kernel; Keras' own takes ten passes.
                tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle,
                    m=self._first[name].handle,
                    v=self._second[name].handle,
                    beta1_power=BETA1**count,
                    beta2_power=BETA2**count,
                    lr=rates[i] * factor,
                    beta1=BETA1,
                    beta2=BETA2,
                    epsilon=EPSILON,
                    grad=tf.convert_to_tensor(gradient),
                )

    def _keep_better(self, better: Any) -> None:
        for name, variable in self._network.parts.items():
            best = self._best[name]
            chosen = tf.reshape(better, (-1, *[1] * (len(best.shape) - 1)))
            best.assign(tf.where(chosen, variable.value, best))


_Dealer = Callable[[int], npt.NDArray[np.intp]]


def _cycle_batches(rng: np.random.Generator, count: int) -> _Dealer:
    """Return a function that deals out rows, permutation after permutation."""
    rest = np.empty(0, dtype=np.intp)

    def deal(n: int) -> npt.NDArray[np.intp]:
        nonlocal rest
        while len(rest) < n:
            rest = np.concatenate([rest, rng.permutation(count)])
        dealt, rest = rest[:n], rest[n:]
        return dealt

    return deal
