"""Accept help requests: take a helper slot in another worker's search, and help until it ends or other work calls."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from core.domain.records import Dataset, TaskState
from core.domain.states import RUNNING
from core.domain.trainings import Job
from core.errors import LeaseLost, Unavailable
from core.tasks.helpers import HelperLease, HelperSlots
from core.tasks.invitations import Invitations
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage
from worker.child_process import ChildDied
from worker.context import WorkerContext
from worker.distributed.helper import HelperRun
from worker.distributed.leader_watch import LeaderWatch, Reassigned, SearchEnded
from worker.errors import OutOfMemory, ShuttingDown, Stalled, TaskFailed
from worker.lease_keeper import LeaseRenewer
from worker.supervisor import TaskSupervisor

log = structlog.get_logger()

# Seconds after a help request for another engine: time for a worker that has it.
DECLINED_S = 0.5


class HelperService:
    """The part of a worker that helps others.

    Args:
        claim: claims the task of a message, in this worker's name.
    """

    def __init__(self, context: WorkerContext, claim: Callable[[TaskMessage], ClaimedTask | None]) -> None:
        self.context = context
        self.service = context.service
        self.claim = claim
        self.invitations = Invitations(self.service.ports.queue, self.service.jobs.waiting)

    def accept(self, invitation: TaskMessage) -> ClaimedTask | None:
        """Help, if no job waits for a worker. Return other work that was claimed instead or in the end, if any."""
        if claimed := self.claim_waiting_job():
            self.invitations.return_to_queue(invitation)
            return claimed
        if invitation.engine != self.context.engine:
            log.info("invitation.declined", work=invitation.ref.path, engine=invitation.engine)
            self.invitations.decline(invitation)
            self.context.shutting_down.wait(DECLINED_S)
            return None
        ref, service = invitation.ref, self.service
        task_state, job = service.work.state(ref), service.jobs.find(ref.user_id, ref.id)
        dataset = service.datasets.find(ref.user_id, job.dataset_id) if job else None
        if task_state is None or job is None or dataset is None:
            return None
        if (task_state.state, task_state.engine) != (RUNNING, self.context.engine) or service.work.stop_request(ref):
            return None
        slots = HelperSlots(service.ports.tables, ref)
        slot = slots.acquire(job.spec["parallelism"] - 1, self.context.name, task_state.epoch)
        return None if slot is None else self._help(slots, slot, job, dataset, task_state)

    def claim_waiting_job(self) -> ClaimedTask | None:
        """Claim and return the first of the jobs that wait for a worker and may begin."""
        return next(filter(None, map(self.claim, self.invitations.jobs_ahead())), None)

    def _help(
        self, slots: HelperSlots, slot: HelperLease, job: Job, dataset: Dataset, leader_state: TaskState
    ) -> ClaimedTask | None:
        log.info("search.joined", work=slot.ref.path, member=slot.helper_id)
        child, folder = self.context.pool.acquire(), Path(tempfile.mkdtemp(dir=self.context.scratch_dir))
        claimed: ClaimedTask | None = None
        try:
            with LeaseRenewer(slots, slot, self.service.settings, child.kill_group) as lease:
                leader = LeaderWatch(self.context, slot.ref, leader_state)
                supervisor = TaskSupervisor(self.context, lease, child, folder, leader)
                run = HelperRun(supervisor, leader, slot, job, dataset, self.claim_waiting_job)
                state, reason, claimed = self._run(run)
                child.kill_group()
                run.leave(state, reason)
            with suppress(Unavailable):
                slots.release(slot)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.context.pool.release(child, reusable=False)
        return claimed

    def _run(self, run: HelperRun) -> tuple[str, str, ClaimedTask | None]:
        """Help, and return the final state of a trial in progress, the reason, and other work that was claimed."""
        path = run.supervisor.ref.path
        state, reason, claimed = "stopped", "Its worker left.", None
        try:
            run.run()
        except Reassigned as exc:
            claimed = exc.claimed
        except (SearchEnded, ShuttingDown, LeaseLost, TaskFailed, Unavailable) as exc:
            log.info("search.left", work=path, why=str(exc) or type(exc).__name__)
        except (OutOfMemory, Stalled, ChildDied) as exc:
            state, reason = "failed", f"{type(exc).__name__}: {exc}"
            log.warning("search.left", work=path, why=reason)
        except Exception:
            log.exception("work.bug", work=path)
        return state, reason, claimed
