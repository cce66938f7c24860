"""Sources that are fetched by themselves: once a time, whatever crashes, and once for all that was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.sources import Fetch, Source
from core.errors import Invalid
from core.schedules.schedule import moment_of
from core.sources.refreshing import SourceRefreshes, due_of
from core.storage import due_rows, rows
from core.storage.due_rows import Due
from tests.unit.core.sources.conftest import Fetcher

QUARTERS = {"cron": "*/15 * * * *", "timezone": "Europe/Rome"}


class Clockwork:
    """A source with times of its own, and a clock that tests set."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher, self.tables = fetcher, fetcher.service.ports.tables
        self.made = fetcher.source(refresh=QUARTERS)
        self.refreshes = SourceRefreshes(fetcher.sources.fetches, lambda: self.at)
        assert self.made.next_at is not None
        self.first = self.at = moment_of(self.made.next_at)

    @property
    def source(self) -> Source:
        return self.fetcher.sources.get(self.fetcher.user_id, self.made.id)

    @property
    def due(self) -> list[Due]:
        return list(due_rows.due_until(self.tables, "9999", {"source"}))

    @property
    def fetches(self) -> list[Fetch]:
        return self.fetcher.sources.fetches.page(self.fetcher.user_id, self.made.id, 50).items[::-1]

    def fire(self) -> None:
        for due in self.due:
            if moment_of(due.at) <= self.at:
                self.refreshes.fire(due)


@pytest.fixture
def clockwork(fetcher: Fetcher) -> Clockwork:
    return Clockwork(fetcher)


def test_a_source_is_fetched_at_each_of_its_times(clockwork: Clockwork) -> None:
    assert clockwork.first > datetime.now(UTC)
    for step in range(3):
        clockwork.at = clockwork.first + timedelta(minutes=15 * step, seconds=1)
        clockwork.fire()
        clockwork.fire()
        clockwork.fetcher.do()
    assert [fetch.why["at"] for fetch in clockwork.fetches] == [
        (clockwork.first + timedelta(minutes=15 * step)).strftime("%Y-%m-%dT%H:%M:00.000Z") for step in range(3)
    ]
    assert clockwork.fetches[0].why["kind"] == "time"
    assert clockwork.due == [due_of(clockwork.source)]
    assert clockwork.source.next_at == due_rows.minute_of((clockwork.first + timedelta(minutes=45)).isoformat())


def test_after_hours_without_a_scheduler_it_is_fetched_once(clockwork: Clockwork) -> None:
    clockwork.at = clockwork.first + timedelta(hours=7, minutes=1)
    clockwork.fire()
    [fetch] = clockwork.fetches
    assert fetch.why["at"] == (clockwork.first + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:00.000Z")
    assert moment_of(str(clockwork.source.next_at)) == clockwork.first + timedelta(hours=7, minutes=15)


def test_a_crash_after_the_fetch_was_asked_for_asks_for_no_second_one(clockwork: Clockwork) -> None:
    before, [due] = clockwork.source, clockwork.due
    clockwork.fire()
    clockwork.fetcher.do()
    # As if the process had died before it wrote the source.
    clockwork.tables.put(rows.key("source", before.user_id, before.id), rows.dump(before))
    due_rows.put(clockwork.tables, due)
    clockwork.fire()
    assert len(clockwork.fetches) == 1
    assert clockwork.due == [due_of(clockwork.source)]


def test_a_source_that_is_refreshed_no_more_or_gone_is_not_fetched(clockwork: Clockwork) -> None:
    user_id = clockwork.fetcher.user_id
    clockwork.fetcher.sources.update(user_id, clockwork.made.id, {"refresh": None})
    assert clockwork.source.next_at is None
    clockwork.fire()
    assert (clockwork.fetches, clockwork.due) == ([], [])
    clockwork.fetcher.sources.update(user_id, clockwork.made.id, {"refresh": QUARTERS})
    clockwork.at += timedelta(hours=1)
    clockwork.fetcher.sources.delete(user_id, clockwork.made.id)
    clockwork.fire()
    assert clockwork.due == []


def test_a_refresh_that_is_no_schedule_is_refused_with_its_field(fetcher: Fetcher) -> None:
    with pytest.raises(Invalid) as error:
        fetcher.source(refresh={"cron": "daily", "timezone": "Rome"})
    assert error.value.reason == "SCHEDULE_INVALID"
    assert [entry["field"] for entry in error.value.errors] == ["refresh.timezone", "refresh.cron"]
    assert fetcher.source(refresh={"cron": "@daily"}).refresh == {"cron": "@daily", "timezone": "UTC"}
