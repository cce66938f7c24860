"""The pace of a training: step size, decay and dropout follow a schedule, and the schedule follows the time."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

STRETCH_S = 0.25
"""Approximate seconds of the steps of one call: the deadline is checked in between."""
FIRST_STEPS = 4


def coslog4(progress: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the learning rate's factor: four cosine waves, each twice as long as the last (Holzmüller et al. 2024)."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * progress)))


def flat_cos(progress: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return weight decay's and dropout's factor: 1 for the first half, then a cosine to 0 (Holzmüller et al. 2024)."""
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.maximum(2 * progress - 1, 0.0)))


class TimedSchedule:
    """Deals out the steps of one training so that its schedule ends in time.

    As many steps as planned where there is time for them; otherwise the schedule is gone through in fewer, larger
    strides, so that a short training is annealed as a long one is.

    Args:
        planned_steps: of the whole schedule.
        deadline: `time.monotonic()` by which it is to end; infinity never makes it go in larger strides.
        marks: the schedule is cut into so many equal parts, at whose ends the network is to be scored.
    """

    def __init__(self, planned_steps: int, deadline: float, marks: int) -> None:
        self.progress = 0.0
        self._planned_steps = planned_steps
        self._deadline = deadline
        self._marks = min(marks, planned_steps)
        self._marks_passed = 0
        self._started = time.monotonic()
        self._steps = 0

    @property
    def is_done(self) -> bool:
        """Whether the schedule has ended."""
        return self.progress >= 1.0

    @property
    def steps(self) -> int:
        """Number of steps dealt out so far."""
        return self._steps

    def next_steps(self) -> npt.NDArray[np.float64]:
        """Return progress, from 0 to 1, at each of the steps to take now; at most to the next mark."""
        left = (1 - self.progress) * self._planned_steps
        stretch = float(FIRST_STEPS)
        if self._steps:
            now = time.monotonic()
            step_s = (now - self._started) / self._steps
            left = min(left, (self._deadline - now) / step_s)
            stretch = STRETCH_S / step_s
        stride = (1 - self.progress) / max(left, 1.0)
        to_mark = ((self._marks_passed + 1) / self._marks - self.progress) / stride
        count = max(1, round(min(to_mark, stretch)))
        progress = self.progress + stride * np.arange(count)
        self.progress += stride * count
        if 1 - self.progress < stride / 2:  # less than a step is left: rounding
            self.progress = 1.0
        self._steps += count
        return np.asarray(np.minimum(progress, 1.0))

    def passes_checkpoint(self) -> bool:
        """Return whether the steps dealt out last end a part of the schedule; true once a part."""
        passed = int(self.progress * self._marks + 1e-6)
        is_new = passed > self._marks_passed
        self._marks_passed = passed
        return is_new
