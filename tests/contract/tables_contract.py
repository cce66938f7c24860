"""What every adapter of `core.ports.Tables` keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Unavailable
from core.ports import Tables

THREADS = 4
ROUNDS = 50

# Keys are `kind#...`: never empty, and never a NUL, which not every back end takes.
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


class TablesContract:
    """Subclasses supply the fixture `tables`, empty and open."""

    def test_row_that_was_never_put_is_none(self, tables: Tables) -> None:
        assert tables.get("job#1") is None

    @pytest.mark.parametrize("value", [b"", b"\0", b"{}", bytes(range(256))])
    def test_put_row_is_got_byte_for_byte(self, tables: Tables, value: bytes) -> None:
        tables.put("job#1", value)
        assert tables.get("job#1") == value

    def test_value_of_5_mb_comes_back_whole(self, tables: Tables) -> None:
        value = b"0123456789" * 500_000
        tables.put("job#1", value)
        assert tables.get("job#1") == value

    @pytest.mark.parametrize("key", ["user#Zoë", "user#日本語", "u#🦆", 'u#it\'s "quoted"%_*', "a/b#c\td\n"])
    def test_any_text_is_a_key(self, tables: Tables, key: str) -> None:
        tables.put(key, b"1")
        assert tables.get(key) == b"1"
        assert [row.key for row in tables.scan(key)] == [key]

    def test_keys_differ_by_case_and_by_trailing_space(self, tables: Tables) -> None:
        keys = ["user#a", "user#A", "user#a "]
        for key in keys:
            tables.put(key, key.encode())
        assert [tables.get(key) for key in keys] == [b"user#a", b"user#A", b"user#a "]

    def test_second_put_wins(self, tables: Tables) -> None:
        tables.put("job#1", b"first")
        tables.put("job#1", b"second")
        assert tables.get("job#1") == b"second"
        assert len(tables.scan("job#")) == 1

    def test_get_many_gives_only_rows_that_exist(self, tables: Tables) -> None:
        tables.put("job#1", b"1")
        tables.put("job#3", b"")
        assert tables.get_many(["job#3", "job#2", "job#1", "job#1"]) == {"job#1": b"1", "job#3": b""}

    def test_get_many_takes_none_and_thousands(self, tables: Tables) -> None:
        tables.put("job#1999", b"last")
        assert tables.get_many([]) == {}
        assert tables.get_many([f"job#{number}" for number in range(2000)]) == {"job#1999": b"last"}

    def test_put_if_absent_writes_once(self, tables: Tables) -> None:
        assert tables.put_if_absent("job#1", b"first") is True
        assert tables.put_if_absent("job#1", b"second") is False
        assert tables.get("job#1") == b"first"

    def test_empty_row_is_a_row(self, tables: Tables) -> None:
        tables.put("job#1", b"")
        assert tables.put_if_absent("job#1", b"second") is False
        assert tables.put_if_unchanged("job#1", b"third", b"") is True
        assert tables.get("job#1") == b"third"

    def test_put_if_unchanged_writes_over_the_exact_bytes_only(self, tables: Tables) -> None:
        tables.put("job#1", b"first")
        for other in (b"", b"firs", b"first ", b"First", b".*"):
            assert tables.put_if_unchanged("job#1", b"second", other) is False
        assert tables.get("job#1") == b"first"
        assert tables.put_if_unchanged("job#1", b"second", b"first") is True
        assert tables.get("job#1") == b"second"

    def test_put_if_unchanged_compares_bytes_not_patterns(self, tables: Tables) -> None:
        value = b"[a]{1}\\d+\n\0\xff$^"
        tables.put("job#1", value)
        assert tables.put_if_unchanged("job#1", b"second", value) is True

    def test_put_if_unchanged_ignores_older_bytes(self, tables: Tables) -> None:
        tables.put("job#1", b"old")
        tables.put("job#1", b"new")
        assert tables.put_if_unchanged("job#1", b"mine", b"old") is False
        assert tables.get("job#1") == b"new"

    def test_put_if_unchanged_may_write_the_same_again(self, tables: Tables) -> None:
        tables.put("job#1", b"same")
        assert tables.put_if_unchanged("job#1", b"same", b"same") is True

    def test_put_if_unchanged_never_makes_a_row(self, tables: Tables) -> None:
        assert tables.put_if_unchanged("job#1", b"second", b"") is False
        assert tables.get("job#1") is None

    def test_deleted_row_is_gone_and_may_be_put_anew(self, tables: Tables) -> None:
        tables.put("job#1", b"first")
        tables.delete("job#1")
        tables.delete("job#1")
        assert tables.get("job#1") is None
        assert tables.scan("job#") == []
        assert tables.put_if_absent("job#1", b"second") is True

    def test_delete_if_unchanged(self, tables: Tables) -> None:
        tables.put("job#1", b"first")
        assert tables.delete_if_unchanged("job#1", b"other") is False
        assert tables.get("job#1") == b"first"
        assert tables.delete_if_unchanged("job#1", b"first") is True
        assert tables.delete_if_unchanged("job#1", b"first") is False
        assert tables.get("job#1") is None

    def test_scan_gives_the_rows_of_the_prefix_in_order(self, tables: Tables) -> None:
        for key in ("job#b", "job", "job#a", "joc", "jo", "job#a#1", "job$"):
            tables.put(key, key.encode())
        assert [(row.key, row.value) for row in tables.scan("job#")] == [
            ("job#a", b"job#a"), ("job#a#1", b"job#a#1"), ("job#b", b"job#b"),
        ]  # fmt: skip

    def test_scan_meets_what_sorts_after_z(self, tables: Tables) -> None:
        keys = ["t#z", "t#zz", "t#~", "t#\x7f", "t#\x80", "t#é", "t#\uffff", "t#\U0001f986", "t#\U0010ffff"]
        for key in [*reversed(keys), "u#", "t$"]:
            tables.put(key, b"")
        assert [row.key for row in tables.scan("t#")] == keys
        assert [row.key for row in tables.scan("t#\U0010ffff")] == ["t#\U0010ffff"]

    def test_scan_of_everything(self, tables: Tables) -> None:
        for key in ("b#1", "a#1", "\U0010ffff#1"):
            tables.put(key, b"")
        assert [row.key for row in tables.scan("")] == ["a#1", "b#1", "\U0010ffff#1"]

    def test_scan_takes_patterns_as_they_stand(self, tables: Tables) -> None:
        for key in ("a%#1", "ab#1", "a_#1", "a.#1"):
            tables.put(key, b"")
        assert [[row.key for row in tables.scan(prefix)] for prefix in ("a%", "a_", "a.")] == [
            ["a%#1"], ["a_#1"], ["a.#1"],
        ]  # fmt: skip

    def test_scan_resumes_after_a_key(self, tables: Tables) -> None:
        keys = [f"event#{number:03}" for number in range(25)]
        for key in keys:
            tables.put(key, b"")
        seen: list[str] = []
        while page := tables.scan("event#", limit=10, after=seen[-1] if seen else None):
            assert len(page) <= 10
            seen += [row.key for row in page]
        assert seen == keys

    def test_scan_resumes_after_a_key_that_is_gone_or_outside(self, tables: Tables) -> None:
        for key in ("event#1", "event#3"):
            tables.put(key, b"")
        assert [row.key for row in tables.scan("event#", after="event#2")] == ["event#3"]
        assert [row.key for row in tables.scan("event#", after="a")] == ["event#1", "event#3"]
        assert tables.scan("event#", after="event#3") == []
        assert tables.scan("event#", after="f") == []

    # The suite runs once for each adapter, each in a class of its own: no example of one is replayed for another.
    @settings(
        max_examples=25,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(keys=st.sets(KEYS, max_size=8), prefix=KEYS, after=st.none() | KEYS)
    def test_scan_is_the_sorted_filtered_list(
        self, tables: Tables, keys: set[str], prefix: str, after: str | None
    ) -> None:
        for row in tables.scan(""):
            tables.delete(row.key)
        for key in keys | {prefix + "#"}:
            tables.put(key, b"")
        expected = [key for key in keys | {prefix + "#"} if key.startswith(prefix)]
        expected = [key for key in expected if after is None or key.encode() > after.encode()]
        assert [row.key for row in tables.scan(prefix, after=after)] == sorted(expected, key=str.encode)

    def test_one_of_four_threads_creates(self, tables: Tables) -> None:
        def create(thread: int) -> list[bool]:
            wins = []
            for number in range(ROUNDS):
                start.wait()
                wins.append(tables.put_if_absent(f"job#{number}", b"%d" % thread))
            return wins

        start = Barrier(THREADS)
        with ThreadPoolExecutor(THREADS) as threads:
            wins = list(threads.map(create, range(THREADS)))
        for number, won in enumerate(zip(*wins, strict=True)):
            assert sum(won) == 1
            assert tables.get(f"job#{number}") == b"%d" % won.index(True)

    def test_one_of_four_threads_changes(self, tables: Tables) -> None:
        def claim(thread: int) -> list[bool]:
            wins = []
            for number in range(ROUNDS):
                start.wait()
                wins.append(tables.put_if_unchanged(f"job#{number}", b"%d" % thread, b"queued"))
            return wins

        for number in range(ROUNDS):
            tables.put(f"job#{number}", b"queued")
        start = Barrier(THREADS)
        with ThreadPoolExecutor(THREADS) as threads:
            wins = list(threads.map(claim, range(THREADS)))
        for number, won in enumerate(zip(*wins, strict=True)):
            assert sum(won) == 1
            assert tables.get(f"job#{number}") == b"%d" % won.index(True)

    def test_no_change_is_lost_between_threads(self, tables: Tables) -> None:
        def count_up(_: int) -> None:
            for _ in range(ROUNDS):
                while not tables.put_if_unchanged("count", b"%d" % (int(seen := read()) + 1), seen):
                    pass

        def read() -> bytes:
            value = tables.get("count")
            assert value is not None
            return value

        tables.put("count", b"0")
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(count_up, range(THREADS)))
        assert tables.get("count") == b"%d" % (THREADS * ROUNDS)

    def test_ping_returns(self, tables: Tables) -> None:
        tables.ping()

    def test_closed_tables_are_unavailable(self, tables: Tables) -> None:
        tables.close()
        tables.close()
        with pytest.raises(Unavailable):
            tables.get("job#1")
