"""What is told of a process that ended by itself is about what it did."""

from __future__ import annotations

import pytest

from worker.failures import crashed, out_of_memory
from worker.tasks.short_tasks import SHORT_TASKS


@pytest.mark.parametrize("kind", [*SHORT_TASKS])
def test_no_short_task_is_told_of_a_training(kind: str) -> None:
    for error in (crashed(kind, RuntimeError("gone")), out_of_memory(kind, 1 << 30)):
        assert not any("train" in str(said).lower() for said in error.values()), error
