"""Answers tickets: takes a seat in a search that another worker leads, and helps until it ends or other work calls."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from core.domain.records import Control, Dataset, Job
from core.domain.states import RUNNING
from core.errors import LeaseLost, Unavailable
from core.service import Service
from core.tasks.helpers import Seat, Seats
from core.tasks.invitations import Tickets
from core.tasks.lifecycle import Held
from core.tasks.messages import Doorbell
from worker.distributed.helper import Called, Help, Helping, Over
from worker.lease_keeper import Lease
from worker.process_pool import Nursery
from worker.supervisor import ChildDied, Drained, OutOfMemory, Stalled, TaskFailed

log = structlog.get_logger()

# After a ticket for another engine: time for a worker that has it.
DECLINED_S = 0.5


class Joiner:
    """The part of a worker that helps others.

    Args:
        claim: claims what rings, in this worker's name.
    """

    def __init__(
        self, service: Service, name: str, engine: str, nursery: Nursery, folders: Path, draining: threading.Event,
        memory_bytes: int, claim: Callable[[Doorbell], Held | None],
    ) -> None:  # fmt: skip
        self.service = service
        self.name = name
        self.engine = engine
        self.nursery = nursery
        self.folders = folders
        self.draining = draining
        self.memory_bytes = memory_bytes
        self.claim = claim
        self.tickets = Tickets(service.ports.queue, service.jobs.waiting)

    def answer(self, ticket: Doorbell) -> Held | None:
        """Help, if nobody waits for a worker. Returns other work that was claimed instead, or in the end."""
        if held := self.waiting():
            self.tickets.put_back(ticket)
            return held
        if ticket.engine != self.engine:
            log.info("ticket.declined", work=ticket.ref.path, engine=ticket.engine)
            self.tickets.decline(ticket)
            self.draining.wait(DECLINED_S)
            return None
        ref, service = ticket.ref, self.service
        control, job = service.work.control(ref), service.jobs.find(ref.user_id, ref.id)
        dataset = service.datasets.find(ref.user_id, job.dataset_id) if job else None
        if control is None or job is None or dataset is None:
            return None
        if (control.state, control.engine) != (RUNNING, self.engine) or service.work.requested(ref):
            return None
        seats = Seats(service.ports.tables, ref)
        seat = seats.take(job.spec["parallelism"] - 1, self.name, control.epoch)
        return None if seat is None else self._help(seats, seat, job, dataset, control)

    def waiting(self) -> Held | None:
        """The first of the jobs that wait for a worker and may begin, claimed."""
        return next(filter(None, map(self.claim, self.tickets.before())), None)

    def _help(self, seats: Seats, seat: Seat, job: Job, dataset: Dataset, led: Control) -> Held | None:
        log.info("search.joined", work=seat.ref.path, member=seat.member)
        child, folder = self.nursery.take(), Path(tempfile.mkdtemp(dir=self.folders))
        called: Held | None = None
        try:
            with Lease(seats, seat, self.service.settings, child.strike) as lease:
                conduct = Helping(
                    self.service, lease, child, folder, self.draining, self.memory_bytes, self.name, self.engine, led
                )
                help = Help(conduct, seat, job, dataset, self.waiting)
                state, reason = "stopped", "Its worker left."
                try:
                    help.run()
                except Called as exc:
                    called = exc.held
                except (Over, Drained, LeaseLost, TaskFailed, Unavailable) as exc:
                    log.info("search.left", work=seat.ref.path, why=str(exc) or type(exc).__name__)
                except (OutOfMemory, Stalled, ChildDied) as exc:
                    state, reason = "failed", f"{type(exc).__name__}: {exc}"
                    log.warning("search.left", work=seat.ref.path, why=reason)
                except Exception:
                    log.exception("work.bug", work=seat.ref.path)
                child.strike()
                help.leave(state, reason)
            with suppress(Unavailable):
                seats.leave(seat)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.nursery.give_back(child, again=False)
        return called
