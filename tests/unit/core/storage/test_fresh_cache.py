"""What rows say, remembered for a second, renewed in the background, and gone on with while the tables are away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.errors import NotFound, Unavailable
from core.storage.fresh_cache import AWAY_S, FRESH_S, SLOW_S, FreshCache
from tests.waiting import PATIENCE_S, wait_for

STALE_S = 600.0


class Source:
    """Rows whose reading can be watched, fail or take long."""

    def __init__(self) -> None:
        self.rows = {"a": "first", "b": "other"}
        self.reads: list[str] = []
        self.is_away = False
        self.opened = threading.Event()
        self.opened.set()

    def read(self, key: str) -> str:
        self.reads.append(key)
        value = self.rows.get(key)
        assert self.opened.wait(PATIENCE_S)
        if self.is_away:
            raise Unavailable("no table answers")
        if value is None:
            raise NotFound("row", key)
        return value


class Clock:
    """A clock that tests set."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_cache(source: Source, clock: Clock) -> Callable[..., FreshCache[str, str]]:
    return lambda **options: FreshCache("rows", source.read, STALE_S, clock=clock, **options)


@pytest.fixture
def cache(make_cache: Callable[..., FreshCache[str, str]]) -> FreshCache[str, str]:
    return make_cache()


def test_a_value_is_read_once_and_given_out_for_half_a_second(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    assert [cache.get("a"), cache.get("b")] == ["first", "other"]
    source.rows["a"] = "second"
    clock.now_s += FRESH_S / 2 - 0.01
    assert cache.get("a") == "first"
    assert source.reads == ["a", "b"]


def test_a_value_in_use_is_renewed_before_it_is_a_second_old_and_nobody_waits(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    source.rows["a"] = "second"
    source.opened.clear()
    clock.now_s += FRESH_S * 0.6
    assert [cache.get("a"), cache.get("a")] == ["first", "first"]  # while it is being read
    source.opened.set()
    wait_for(lambda: cache.get("a") == "second")
    assert source.reads == ["a", "a"]


def test_a_value_is_no_older_than_a_second(cache: FreshCache[str, str], source: Source, clock: Clock) -> None:
    for pause_s in (FRESH_S, SLOW_S / 2, SLOW_S * 2, STALE_S * 2):
        cache.get("a")
        source.rows["a"] = f"after {pause_s}"
        clock.now_s += pause_s
        assert cache.get("a") == f"after {pause_s}"


@pytest.mark.parametrize("pause_s", [FRESH_S, SLOW_S / 2, SLOW_S * 2])
def test_a_row_that_is_gone_is_missed_within_a_second_and_found_again_at_once(
    cache: FreshCache[str, str], source: Source, clock: Clock, pause_s: float
) -> None:
    cache.get("a")
    del source.rows["a"]
    clock.now_s += pause_s
    for _ in range(2):
        with pytest.raises(NotFound):
            cache.get("a")
    source.rows["a"] = "again"
    assert cache.get("a") == "again"


def test_a_row_seen_gone_in_the_background_is_forgotten(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    del source.rows["a"]
    clock.now_s += FRESH_S * 0.6
    assert cache.get("a") == "first"

    def is_missed() -> bool:
        try:
            return cache.get("a") != "first"
        except NotFound:
            return True

    wait_for(is_missed)


def test_while_tables_are_away_values_are_given_out_until_they_are_stale(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    source.is_away = True
    began_s = clock.now_s
    while clock.now_s < began_s + STALE_S:
        assert cache.get("a") == "first"
        clock.now_s += 7.0
    with pytest.raises(Unavailable):
        cache.get("a")
    with pytest.raises(Unavailable):
        cache.get("b")  # nothing is known of it
    source.is_away, source.rows["a"] = False, "back"
    assert cache.get("a") == "back"


def test_a_value_that_nobody_asked_for_is_read_before_tables_count_as_away(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    source.is_away = True
    clock.now_s += 100.0
    assert cache.get("a") == "first"
    source.is_away = False
    del source.rows["a"]
    clock.now_s += AWAY_S + 1.0
    with pytest.raises(NotFound):
        cache.get("a")


def test_tables_that_fail_are_not_asked_by_every_request(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    source.is_away = True
    clock.now_s += FRESH_S
    for _ in range(100):
        assert cache.get("a") == "first"
    assert len(source.reads) == 2


def test_of_those_who_ask_while_a_reading_hangs_only_one_at_a_time_starts_it(
    cache: FreshCache[str, str], source: Source, clock: Clock
) -> None:
    cache.get("a")
    source.opened.clear()
    clock.now_s += FRESH_S * 2
    asking = [threading.Thread(target=cache.get, args=["a"]) for _ in range(20)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(PATIENCE_S)  # they go on with what is known
    assert cache.get("a") == "first"
    assert source.reads == ["a", "a"]
    source.rows["a"] = "second"
    source.opened.set()
    clock.now_s += FRESH_S
    wait_for(lambda: cache.get("a") == "second")


def test_the_values_not_renewed_for_longest_are_dropped(
    make_cache: Callable[..., FreshCache[str, str]], source: Source, clock: Clock
) -> None:
    cache = make_cache(max_entries=2)
    source.rows["c"] = "third"
    for key in ("a", "b"):
        cache.get(key)
    clock.now_s += FRESH_S
    cache.get("a")
    cache.get("c")
    before = len(source.reads)
    assert [cache.get("a"), cache.get("c")] == ["first", "third"]
    assert len(source.reads) == before
    cache.get("b")
    assert len(source.reads) == before + 1


def test_a_fault_of_a_reading_is_raised_and_not_remembered(clock: Clock) -> None:
    answers = iter([ValueError("a fault"), "well"])

    def read(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cache = FreshCache("rows", read, STALE_S, clock=clock)
    with pytest.raises(ValueError, match="a fault"):
        cache.get("a")
    assert cache.get("a") == "well"
