"""What a leader does for its helpers: passes on their trials, watches their slots, invites them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain.trainings import Job
from core.jobs.events import read_events
from core.ports import TRAIN_QUEUE
from core.tasks.liveness import UnchangedTimer
from core.tasks.messages import TaskMessage
from csvfile.dialect import Dialect
from tests.unit.worker.shared import ENGINE, Shared, SilentChild, trial
from worker.distributed.leader import LeaderSearch
from worker.messages.from_child import ClaimNumber, PollUpdates, TrialFinished
from worker.messages.to_child import CsvOptions, SearchUpdates, TrainRequest
from worker.tasks.training.trial_log import TrialLog

REQUEST = TrainRequest({}, CsvOptions(Dialect(), {}), 1, 1 << 30, 1.0, budget_s=100)


class Clock:
    """Stands still until it is moved."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def job(shared: Shared) -> Job:
    return shared.submit()


@pytest.fixture
def led(shared: Shared, job: Job) -> Iterator[tuple[LeaderSearch, SilentChild]]:
    with shared.led(job) as (search, child):
        search.record.append_event("state", {"state": "running"})
        search.record.set_metric("binary", "auc", greater_is_better=True)
        yield search, child


def claim(search: LeaderSearch, number: int) -> None:
    search.handlers()[ClaimNumber](ClaimNumber(trial(number)))


def updates(child: SilentChild) -> list[SearchUpdates]:
    return [message for message in child.sent if isinstance(message, SearchUpdates)]


def recorded(shared: Shared, job: Job) -> list[tuple[int, str]]:
    events = read_events(shared.tables, shared.user, job.id)
    return [(event.data["number"], event.data["state"]) for event in events if event.kind == "trial"]


def invitations(shared: Shared) -> list[TaskMessage]:
    return [message for message in shared.messages() if message.engine]


def test_others_trials_are_told_once_and_their_predictions_are_fetched(
    shared: Shared, job: Job, led: tuple[LeaderSearch, SilentChild]
) -> None:
    search, child = led
    _, slot = shared.slot(job)
    helper = TrialLog(shared.tables, shared.ref(job), 1, slot.helper_id)
    helper.reserve(trial(0))
    search.answer_poll(PollUpdates(last=False))
    shared.service.ports.blobs.write("predictions", iter([b"numbers"]))
    helper.finish(trial(0, "complete"), "predictions")
    search._poll_helpers()
    search.answer_poll(PollUpdates(last=False))
    search.answer_poll(PollUpdates(last=True))
    assert [[(each["number"], each["state"]) for each in answer.trials] for answer in updates(child)] == [
        [(0, "running")], [(0, "complete")], [],
    ]  # fmt: skip
    assert [answer.at_hand for answer in updates(child)] == [[], [0], []]
    assert (search.supervisor.folder / "trial-0.npz").read_bytes() == b"numbers"
    assert recorded(shared, job) == [(0, "complete")]
    assert (search.record.progress.trials_done, search.record.progress.best_score) == (1, 0.5)


def test_a_trial_takes_four_operations(shared: Shared, led: tuple[LeaderSearch, SilentChild]) -> None:
    search, _ = led
    for number in range(3):
        before = shared.tables.count
        search.answer_poll(PollUpdates(last=False))
        claim(search, number)
        search.finish_trial(TrialFinished(trial(number, "complete")))
        if number:  # The first event looks for the end of the story.
            assert shared.tables.count == before + 4


def test_the_trials_of_who_was_silent_for_a_lease_are_lost(
    shared: Shared, job: Job, led: tuple[LeaderSearch, SilentChild]
) -> None:
    search, _ = led
    clock = Clock()
    search.watch = UnchangedTimer(clock)
    (slots, silent), (_, awake) = shared.slot(job), shared.slot(job)
    TrialLog(shared.tables, shared.ref(job), 1, silent.helper_id).reserve(trial(0))
    second = TrialLog(shared.tables, shared.ref(job), 1, awake.helper_id)
    second.read_new()
    second.reserve(trial(1))
    search._poll_helpers()
    assert not recorded(shared, job)
    clock.now_s += shared.settings.lease_s - 0.1
    awake = slots.renew(awake, 0.0)
    search._poll_helpers()
    assert not recorded(shared, job)
    clock.now_s += 0.1
    search._poll_helpers()
    assert recorded(shared, job) == [(0, "failed")]
    assert list(slots.occupied()) == [awake.key]
    assert second.finish(trial(1, "complete")) is not None


def test_what_the_leader_before_had_begun_is_lost_and_what_he_told_is_not_told_again(shared: Shared, job: Job) -> None:
    with shared.led(job) as (first, _):
        first.record.append_event("state", {"state": "running"})
        _, slot = shared.slot(job)
        helper = TrialLog(shared.tables, shared.ref(job), 1, slot.helper_id)
        claim(first, 0)
        first.finish_trial(TrialFinished(trial(0, "complete")))
        helper.read_new()
        helper.reserve(trial(1))
        first._ingest_trials(first.trials.read_new())
        claim(first, 2)
        shared.service.work.requeue(first.lease.claimed)
    with shared.led(job) as (second, child):
        second.record.append_event("state", {"state": "running"})
        assert second.begin(REQUEST).history == []
        second.answer_poll(PollUpdates(last=False))
        states = {each["number"]: each["state"] for each in updates(child)[0].trials}
        assert states == {0: "complete", 1: "running", 2: "failed"}
        assert second.record.progress.trials_done == 2
        assert helper.finish(trial(1, "complete")) is not None
        second._poll_helpers()
    assert recorded(shared, job) == [(0, "complete"), (2, "failed"), (1, "complete")]


def test_a_search_that_is_taken_over_keeps_its_best_score(shared: Shared, job: Job) -> None:
    def shown() -> tuple[int, str | None, float | None]:
        progress = shared.service.jobs.view(job).progress
        assert progress is not None
        return progress.trials_done, progress.metric, progress.best_score

    with shared.led(job) as (first, _):
        first.record.set_metric("regression", "rmse", greater_is_better=False)
        for number, score in enumerate([0.5, 0.3, 0.4]):
            claim(first, number)
            first.finish_trial(TrialFinished(trial(number, "complete", score=score)))
        first.record.write_progress()
        assert shown() == (3, "rmse", 0.3)
        shared.service.work.requeue(first.lease.claimed)
    with shared.led(job) as (second, _):
        second.record.append_event("state", {"state": "running"})
        second.record.resume()
        second.begin(REQUEST)
        second.record.write_progress(phase="reading")
        assert shown() == (3, "rmse", 0.3)
        second.record.set_metric("regression", "rmse", greater_is_better=False)
        assert shown() == (3, "rmse", 0.3)
        claim(second, 3)
        second.finish_trial(TrialFinished(trial(3, "complete", score=0.9)))
        second.record.write_progress()
        assert shown() == (4, "rmse", 0.3)


def test_trials_that_end_before_the_metric_is_known_count_by_it(shared: Shared, job: Job) -> None:
    with shared.led(job) as (search, _):
        search.record.append_event("state", {"state": "running"})
        _, slot = shared.slot(job)
        helper = TrialLog(shared.tables, shared.ref(job), 1, slot.helper_id)
        for number, score in enumerate([0.5, 0.3, 0.4]):
            helper.reserve(trial(number))
            helper.finish(trial(number, "complete", score=score))
        search._poll_helpers()
        search.record.set_metric("regression", "rmse", greater_is_better=False)
        assert search.record.progress.best_score == 0.3


def test_as_many_are_invited_as_may_help_and_again_once_nothing_is_left_on_the_queue(
    shared: Shared, job: Job, led: tuple[LeaderSearch, SilentChild]
) -> None:
    search, _ = led
    search._poll_helpers()
    assert invitations(shared) == [TaskMessage(shared.ref(job), engine=ENGINE)] * 2
    shared.slot(job)
    search._poll_helpers()
    assert not invitations(shared)
    search.invite_at = 0.001
    shared.service.ports.queue.publish(TRAIN_QUEUE, b"somebody waits")
    search._poll_helpers()
    shared.service.ports.queue.receive(TRAIN_QUEUE, 0)
    search._poll_helpers()
    assert len(invitations(shared)) == 1


def test_others_know_how_the_whole_budget_cuts_the_folds(led: tuple[LeaderSearch, SilentChild]) -> None:
    search, _ = led
    request = search.begin(REQUEST)
    assert (request.budget_s, request.remaining_s, request.role) == (100, 100, "leader")
