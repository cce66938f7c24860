"""Time: one monotonic deadline for a whole run, and what must be kept back from the search."""

from __future__ import annotations

import time

from automl.errors import SpecError

FINISH_SHARE = 0.05
"""Share of the budget for choosing the ensemble, scoring it and explaining it."""
FINISH_MIN_S = 0.3
FINISH_MAX_S = 12.0
REFIT_MAX_SHARE = 0.35
"""Maximum further share for fitting the members again on all rows, where they were fitted on a part."""


class TimeBudget:
    """The time of one run, in seconds; the clock starts when it is made.

    Args:
        total_s: for everything.
        remaining_s: seconds that are left of it, if the run began elsewhere; None is all of it.

    Raises:
        SpecError: `BAD_TIME_BUDGET`.
    """

    def __init__(self, total_s: float, remaining_s: float | None = None) -> None:
        if not 0 < total_s < float("inf"):
            raise SpecError(
                "BAD_TIME_BUDGET",
                f"A time budget of {total_s!r} s is not possible.",
                "Give a positive number of seconds.",
            )
        self.total_s = float(total_s)
        self.started = time.monotonic()
        self.set_remaining(self.total_s if remaining_s is None else remaining_s)

    def set_remaining(self, remaining_s: float) -> None:
        """Set the seconds that are left from now on."""
        self.allotted_s = min(float(remaining_s), self.total_s)
        self.deadline = time.monotonic() + self.allotted_s

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    @property
    def reserved_s(self) -> float:
        """What choosing, scoring and explaining the ensemble may take."""
        return min(max(self.total_s * FINISH_SHARE, FINISH_MIN_S), FINISH_MAX_S, self.allotted_s / 2)

    def search_deadline(self, refit_s: float = 0.0) -> float:
        """Return the `time.monotonic()` at which the search ends so that what follows it fits in.

        Args:
            refit_s: what fitting members again is expected to take.
        """
        reserve = self.reserved_s + min(refit_s, self.total_s * REFIT_MAX_SHARE)
        return self.deadline - min(reserve, self.allotted_s / 2)
