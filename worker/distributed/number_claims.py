"""Reserve numbers for a child's next trials, where several workers take numbers."""

from __future__ import annotations

from worker.messages.from_child import ClaimNumber
from worker.messages.to_child import NumberClaimed
from worker.supervisor import TaskSupervisor
from worker.tasks.training.trial_log import TrialLog


def answer_claim(supervisor: TaskSupervisor, trials: TrialLog, question: ClaimNumber) -> None:
    """Reserve the number and reply to the child whether it has it."""
    claimed = supervisor.retry_until_written(lambda: trials.reserve(question.trial))
    supervisor.child.send(NumberClaimed(claimed))
