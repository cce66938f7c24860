"""Sweeps over the calls of a scenario, each run with one fault at one call: at some of them, or, at length, at each."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulation.faults import ANSWER_LOST, CRASH_AFTER, REFUSED

# A crash before a call is one after the call before.
FAULTS = (CRASH_AFTER, REFUSED, ANSWER_LOST)

thoroughly = pytest.mark.parametrize(
    "thorough", [False, pytest.param(True, marks=pytest.mark.long)], ids=["some calls", "each call"]
)


def calls_to_fail(calls: Sequence[int], fault: str, *, thorough: bool, every: int) -> Sequence[int]:
    """Return the calls that meet this fault: every so many meet one, the faults taking turns, unless it is thorough."""
    return calls if thorough else calls[every * FAULTS.index(fault) :: every * len(FAULTS)]
