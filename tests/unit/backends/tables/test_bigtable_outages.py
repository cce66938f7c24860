"""Bigtable dies, hangs or is wiped: unavailable, never empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from backends.tables import bigtable_connection
from backends.tables.bigtable import BigtableTables
from backends.tables.bigtable_connection import Address
from core.errors import Unavailable
from tests.emulators.bigtable import BigtableEmulator
from tests.unit.backends.conftest import until_available
from tests.unit.backends.tables.conftest import KEEP_DAYS

pytestmark = pytest.mark.filterwarnings("ignore:Connecting to Bigtable emulator")


FRAGILE = Address("test", "test", "fragile")  # in an emulator of its own


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigtableEmulator]:
    """One that a test may kill, and calls that give up soon."""
    emulator = BigtableEmulator()
    monkeypatch.setenv("BIGTABLE_EMULATOR_HOST", emulator.host)
    monkeypatch.setattr(bigtable_connection, "OPERATION_TIMEOUT_S", 0.5)
    monkeypatch.setattr(bigtable_connection, "ATTEMPT_TIMEOUT_S", 0.25)
    yield emulator
    emulator.kill()


@pytest.fixture
def fragile(emulator: BigtableEmulator) -> Iterator[BigtableTables]:
    """Tables of the emulator that may be killed, with one row."""
    BigtableTables.initialize(FRAGILE, KEEP_DAYS)
    with closing(BigtableTables(FRAGILE)) as tables:
        tables.put("job#1", b"1")
        yield tables


def calls(tables: BigtableTables) -> list[Callable[[], object]]:
    return [
        lambda: tables.get("job#1"),
        lambda: tables.get_many(["job#1"]),
        lambda: tables.put("job#1", b""),
        lambda: tables.put_many({"job#1": b"", "job#2": b""}),
        lambda: tables.put_if_absent("job#1", b""),
        lambda: tables.put_if_unchanged("job#1", b"2", b"1"),
        lambda: tables.delete("job#1"),
        lambda: tables.delete_many(["job#1", "job#2"]),
        lambda: tables.delete_if_unchanged("job#1", b"1"),
        lambda: tables.scan("job#"),
        tables.ping,
    ]


def test_killed_tables_are_unavailable(emulator: BigtableEmulator, fragile: BigtableTables) -> None:
    emulator.kill()
    for call in calls(fragile):
        with pytest.raises(Unavailable):
            call()


def test_silent_tables_are_unavailable_until_they_answer(emulator: BigtableEmulator, fragile: BigtableTables) -> None:
    emulator.pause()
    with pytest.raises(Unavailable):
        fragile.put_if_unchanged("job#1", b"2", b"1")
    with pytest.raises(Unavailable):
        fragile.get("job#1")
    emulator.resume()
    kept = until_available(lambda: fragile.get("job#1"))
    assert kept in (b"1", b"2")  # The fate of a write that was not answered is unknown.


def test_wiped_tables_are_unavailable_not_empty(emulator: BigtableEmulator, fragile: BigtableTables) -> None:
    emulator.kill()
    restarted = BigtableEmulator(emulator.port)
    try:
        for call in calls(fragile):
            with pytest.raises(Unavailable):
                call()
        BigtableTables.initialize(FRAGILE, KEEP_DAYS)
        with pytest.raises(Unavailable, match="made anew"):
            fragile.ping()
    finally:
        restarted.kill()


def test_unreachable_tables_cannot_be_opened_nor_made(emulator: BigtableEmulator) -> None:
    emulator.kill()
    with pytest.raises(Unavailable):
        BigtableTables.initialize(FRAGILE, KEEP_DAYS)
    with pytest.raises(Unavailable):
        BigtableTables(FRAGILE)
