"""Jobs on sources: data that are new enough are used, else they are fetched first, and the job waits visibly."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.sources import Source
from core.errors import FetchFailed, NotFound, Unavailable
from core.jobs.job_views import JobView
from core.ports import TRAIN_QUEUE
from core.storage import rows
from tests.unit.core.conftest import CSV
from tests.unit.core.sources.conftest import MORE, Fetcher
from tests.unit.core.sources.test_crashed_fetches import over_failing_tables


def spec(source: Source, **said: Any) -> dict[str, Any]:
    return {
        "source_id": source.id, "target": "bought", "exclude_columns": [], "task": "auto", "metric": "auto",
        "name": None, "time_budget_s": 10, **said,
    }  # fmt: skip


def submit(fetcher: Fetcher, source: Source, key: str | None = None, **said: Any) -> JobView:
    return fetcher.service.jobs.submit(fetcher.user_id, spec(source, **said), key)


def view(fetcher: Fetcher, id: str) -> JobView:
    return fetcher.service.jobs.view(fetcher.service.jobs.get(fetcher.user_id, id))


def test_a_job_waits_visibly_for_its_data_and_then_trains_on_them(fetcher: Fetcher) -> None:
    submitted = submit(fetcher, fetcher.source())
    assert submitted.state == "queued"
    assert submitted.job.dataset_id == ""
    assert submitted.waiting is not None
    assert (submitted.waiting["for"], submitted.waiting["state"]) == ("data", "waiting")
    assert "Waiting for its data" in submitted.waiting["detail"]
    assert fetcher.world.claim(TRAIN_QUEUE) is None, "there is nothing to train on"
    fetcher.do()
    waiting = view(fetcher, submitted.job.id)
    assert waiting.job.dataset_id
    assert (waiting.waiting or {})["state"] == "profiling"
    fetcher.profile()
    assert view(fetcher, submitted.job.id).waiting is None
    claimed = fetcher.world.claim(TRAIN_QUEUE)
    assert claimed is not None
    assert claimed.ref.id == submitted.job.id
    dataset = fetcher.service.datasets.get(fetcher.user_id, waiting.job.dataset_id)
    assert fetcher.service.datasets.tasks_using(dataset) == [claimed.ref]
    assert not fetcher.service.ports.tables.scan("sourcework#", 10)


def test_data_that_are_new_enough_are_used_at_once(fetcher: Fetcher) -> None:
    source = fetcher.source(max_age_s=600)
    fetch = fetcher.fetch(source)
    fetcher.profile()
    job = submit(fetcher, source)
    assert (job.job.dataset_id, job.waiting) == (fetch.dataset_id, None)
    assert len(fetcher.sources.fetches.page(fetcher.user_id, source.id, 10).items) == 1


def test_two_jobs_wait_for_one_fetch(fetcher: Fetcher) -> None:
    source = fetcher.source()
    jobs = [submit(fetcher, source) for _ in range(2)]
    fetcher.do()
    datasets = {view(fetcher, job.job.id).job.dataset_id for job in jobs}
    assert len(datasets) == 1
    assert datasets != {""}


def test_unchanged_data_are_the_dataset_of_before(fetcher: Fetcher) -> None:
    source = fetcher.source()
    fetch = fetcher.fetch(source)
    fetcher.profile()
    job = submit(fetcher, source)
    fetcher.do(CSV)
    assert view(fetcher, job.job.id).job.dataset_id == fetch.dataset_id
    assert fetcher.world.claim(TRAIN_QUEUE) is not None


def test_a_fetch_that_fails_ends_the_job_with_its_reason_and_a_retry_fetches_again(fetcher: Fetcher) -> None:
    job = submit(fetcher, fetcher.source())
    fetcher.do(FetchFailed("HTTP_STATUS", "The server answers 403."))
    assert fetcher.world.claim(TRAIN_QUEUE) is None
    ended = view(fetcher, job.job.id)
    assert (ended.state, (ended.task_state.error or {})["reason"]) == ("failed", "FETCH_FAILED")
    assert "HTTP_STATUS: The server answers 403." in (ended.task_state.error or {})["detail"]
    again = fetcher.service.jobs.retry(fetcher.user_id, job.job.id)
    assert again.job.spec["fetch"] == 2
    fetcher.do()
    assert view(fetcher, again.job.id).job.dataset_id


def test_columns_that_did_not_come_end_the_job(fetcher: Fetcher) -> None:
    job = submit(fetcher, fetcher.source(), target="sold")
    fetcher.do()
    fetcher.profile()
    assert fetcher.world.claim(TRAIN_QUEUE) is None
    assert (view(fetcher, job.job.id).task_state.error or {})["reason"] == "TARGET_NOT_FOUND"


def test_a_source_that_a_job_waits_for_is_not_deleted(fetcher: Fetcher) -> None:
    source = fetcher.source()
    job = submit(fetcher, source)
    with pytest.raises(Exception, match="SOURCE_IN_USE"):
        fetcher.sources.delete(fetcher.user_id, source.id)
    assert fetcher.sources.get(fetcher.user_id, source.id) == source
    fetcher.service.jobs.request_stop(fetcher.user_id, job.job.id, "cancel")
    fetcher.sources.delete(fetcher.user_id, source.id)
    fetcher.service.jobs.delete(fetcher.user_id, job.job.id)
    assert not [row.key for row in fetcher.service.ports.tables.scan("sourcework#", 10)]


def test_another_users_source_is_not_there(fetcher: Fetcher) -> None:
    source = fetcher.source()
    other = fetcher.service.accounts.sign_up("eve", "correct horse")
    with pytest.raises(NotFound):
        fetcher.service.jobs.submit(other.id, spec(source))


def test_a_job_that_waits_keeps_no_other_from_its_turn(fetcher: Fetcher) -> None:
    submit(fetcher, fetcher.source())
    other = fetcher.world.submit()
    claimed = fetcher.world.claim(TRAIN_QUEUE)
    assert claimed is not None
    third = fetcher.world.submit()
    fetcher.world.messages(TRAIN_QUEUE)
    fetcher.service.work.succeed(claimed, {})
    fetcher.service.settler.finalize(claimed.ref)
    assert claimed.ref.id == other
    assert [message.ref.id for message in fetcher.world.messages(TRAIN_QUEUE)] == [third]


@pytest.mark.parametrize("lands", [False, True])
def test_a_job_that_is_submitted_again_is_one_wherever_it_was_cut_off(fetcher: Fetcher, lands: bool) -> None:
    cut_off, fails_at = True, 0
    while cut_off:
        fails_at += 1
        source = fetcher.source(name=f"cut {fails_at}")
        try:
            submitter = over_failing_tables(fetcher.service, fails_at, lands=lands)
            submitter.jobs.submit(fetcher.user_id, spec(source), "key")
            cut_off = False
        except Unavailable:
            pass
        before = {row.key for row in fetcher.service.ports.tables.scan(f"idempotency#{fetcher.user_id}#jobs#", 10)}
        job = fetcher.service.jobs.submit(fetcher.user_id, spec(source), "key")
        fetcher.do(MORE)
        assert view(fetcher, job.job.id).job.dataset_id, fails_at
        assert len(fetcher.sources.fetches.page(fetcher.user_id, source.id, 9).items) == 1
        for key in before | {rows.key("idempotency", fetcher.user_id, "jobs", rows.digest("key"))}:
            fetcher.service.ports.tables.delete(key)
    assert fails_at > 10
