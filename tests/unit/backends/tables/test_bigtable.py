"""What no contract of tables says: how the table in Bigtable is made, versioned and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from google.cloud.bigtable.data import SetCell

from backends.tables.bigtable import BigtableTables
from backends.tables.bigtable_connection import Address, connect, connect_admin, open_table
from backends.tables.bigtable_schema import KEPT, SCHEMA_KEY, VERSION, value_equals
from core.errors import Unavailable
from tests.unit.backends.conftest import StartPython
from tests.unit.backends.tables.conftest import KEEP_DAYS

pytestmark = pytest.mark.filterwarnings("ignore:Connecting to Bigtable emulator")


DAY_S = 24 * 3600


PROCESSES = 3


ROUNDS = 50


CLAIM = """
import sys
from backends.tables.bigtable import BigtableTables
from backends.tables.bigtable_connection import Address
tables = BigtableTables(Address("test", "test", sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    print(int(tables.put_if_unchanged(f"job#{number}", sys.argv[2].encode(), b"queued")))
"""


@pytest.fixture
def raw(address: Address) -> Iterator[Any]:
    """The table as Google's library sees it."""
    with closing(connect(address)) as client:
        yield open_table(client, address)


def ages_s(address: Address) -> dict[str, int | None]:
    """After how many seconds each family's cells are collected."""
    with connect_admin() as admin:
        table = admin.get_table(name=f"projects/test/instances/test/tables/{address.table}")
    ages: dict[str, int | None] = {}
    for name, family in table.column_families.items():
        rules = family.gc_rule.union.rules or [family.gc_rule]
        assert rules[0].max_num_versions == 1
        ages[name] = int(rules[1].max_age.total_seconds()) if rules[1:] else None
    return ages


def test_table_that_was_never_made_is_unavailable(address: Address) -> None:
    with pytest.raises(Unavailable, match="nobrains init"):
        BigtableTables(address)


def test_made_twice_keeps_its_rows(address: Address, tables: BigtableTables) -> None:
    tables.put("job#1", b"1")
    BigtableTables.initialize(address, KEEP_DAYS)
    tables.ping()
    assert tables.get("job#1") == b"1"


def test_only_kinds_that_age_are_collected_by_age(address: Address) -> None:
    BigtableTables.initialize(address, KEEP_DAYS)
    assert ages_s(address) == {"kept": None, "activity": 366 * DAY_S, "audit": 731 * DAY_S, "idempotency": 8 * DAY_S}
    BigtableTables.initialize(address, {"activity": 10, "audit": 0, "idempotency": 7})
    assert ages_s(address) == {"kept": None, "activity": 11 * DAY_S, "audit": None, "idempotency": 8 * DAY_S}


def test_missing_family_is_added(address: Address) -> None:
    with connect_admin() as admin:
        admin.create_table(parent="projects/test/instances/test", table_id=address.table, table={})
    BigtableTables.initialize(address, KEEP_DAYS)
    assert set(ages_s(address)) == {"kept", "activity", "audit", "idempotency"}


def test_newer_table_is_refused_and_left_alone(address: Address, tables: BigtableTables, raw: Any) -> None:
    newer = json.dumps({"version": VERSION + 1}).encode()
    raw.mutate_row(SCHEMA_KEY, SetCell(KEPT, "value", newer, 0))
    before = ages_s(address)
    with pytest.raises(Unavailable, match="upgrade the program"):
        BigtableTables.initialize(address, {"activity": 1, "audit": 1, "idempotency": 1})
    with pytest.raises(Unavailable, match="upgrade the program"):
        BigtableTables(address)
    with pytest.raises(Unavailable, match="upgrade the program"):
        tables.ping()
    assert ages_s(address) == before
    assert raw.read_row(SCHEMA_KEY).cells[0].value == newer


def test_emptied_table_is_not_ready(tables: BigtableTables, address: Address) -> None:
    with connect_admin() as admin:
        name = f"projects/test/instances/test/tables/{address.table}"
        admin.drop_row_range(request={"name": name, "delete_all_data_from_table": True})
    with pytest.raises(Unavailable, match="emptied or made anew"):
        tables.ping()
    with pytest.raises(Unavailable, match="was emptied"):
        BigtableTables(address)


@pytest.mark.parametrize("key", ["job#1", "activity#1"])
def test_versions_never_pile_up(tables: BigtableTables, raw: Any, key: str) -> None:
    tables.put_if_absent(key, b"0")
    for number in range(5):
        assert tables.put_if_unchanged(key, b"%d" % (number + 1), b"%d" % number)
        tables.put(key, b"%d" % (number + 1))
    cells = raw.read_row(key).cells
    assert [cell.qualifier for cell in cells] == [b"sha256", b"value"]


@pytest.mark.parametrize("key", ["job#1", "activity#1"])
def test_clock_that_ran_ahead_hides_no_later_write(
    tables: BigtableTables, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time_ns", lambda: 4_000_000_000 * 10**9)
        tables.put(key, b"early")
    tables.put(key, b"late")
    assert tables.get(key) == b"late"
    assert tables.put_if_unchanged(key, b"later", b"late")


def test_large_rows_are_compared_within_the_limit_of_a_filter(tables: BigtableTables) -> None:
    value = bytes(range(256)) * 4000
    tables.put("dataset#1", value)
    assert not tables.put_if_unchanged("dataset#1", b"", value[:-1])
    assert tables.put_if_unchanged("dataset#1", b"", value)
    assert value_equals(value)._to_pb()._pb.ByteSize() < 20480


def test_scan_of_no_rows_gives_none(tables: BigtableTables) -> None:
    tables.put("job#1", b"")
    assert tables.scan("job#", limit=0) == []


def test_one_process_wins_each_row(address: Address, tables: BigtableTables, start_python: StartPython) -> None:
    for number in range(ROUNDS):
        tables.put(f"job#{number}", b"queued")
    processes = [start_python(CLAIM, address.table, name, ROUNDS) for name in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    wins = [process.communicate("go\n")[0].split() for process in processes]
    for number, won in enumerate(zip(*wins, strict=True)):
        assert sorted(won) == ["0", "0", "1"]
        assert tables.get(f"job#{number}") == b"%d" % won.index("1")


def test_no_project_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("BIGTABLE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(Unavailable, match="credentials"):
        BigtableTables(Address("", "test", "test"))
