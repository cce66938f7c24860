"""Schema of the Bigtable table: families of columns and their garbage collection, cells, a schema version.

| column | holds |
|---|---|
| `value` | the row's bytes |
| `sha256` | their SHA-256 (32 bytes): a filter takes 20 KB at most, so values are compared by it |
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud.bigtable.data.mutations import DeleteAllFromRow, Mutation, SetCell
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    ColumnQualifierRegexFilter,
    RowFilterChain,
    ValueRangeFilter,
)
from google.cloud.bigtable_admin_v2.types import ColumnFamily, GcRule, ModifyColumnFamiliesRequest, Table

from backends.tables.bigtable_connection import Address, connect_admin
from core.errors import Unavailable

VERSION = 2

# The family of rows that are kept until they are deleted: most kinds, jobs as well as API keys.
KEPT = "kept"
# Kinds that go with their age, by the first segment of the key; each has the family of its name.
AGEING = ("activity", "audit", "idempotency")
# The service deletes such rows by their own time; Bigtable collects what that missed, never what it has not.
MARGIN_DAYS = 1

# No UTF-8 has the byte FF, so this row's key is none of the service's, and beyond every scan.
SCHEMA_KEY = b"\xffschema"

ADMIN_TIMEOUT_S = 60.0


def column(name: str) -> RowFilterChain:
    """Return a filter for the newest cell of a column: Bigtable collects older ones when it likes."""
    return RowFilterChain([ColumnQualifierRegexFilter(name.encode()), CellsColumnLimitFilter(1)])


VALUE = column("value")


def value_equals(value: bytes) -> RowFilterChain:
    """Return a filter that tests whether a row's bytes are exactly these."""
    digest = hashlib.sha256(value).digest()
    return RowFilterChain([column("sha256"), ValueRangeFilter(digest, digest)])


def write(key: str, value: bytes) -> list[Mutation]:
    """Return mutations that give the row these bytes, one cell a column. The last writer wins, by no clock."""
    kind = key.partition("#")[0]
    if kind in AGEING:
        # Age is measured from the cell's timestamp; a later one of another clock must not hide this write.
        family, timestamp_us, first = kind, time.time_ns() // 1_000_000 * 1000, [DeleteAllFromRow()]
    else:
        family, timestamp_us, first = KEPT, 0, []
    digest = hashlib.sha256(value).digest()
    return [*first, SetCell(family, "value", value, timestamp_us), SetCell(family, "sha256", digest, timestamp_us)]


def check_schema(table: Any, address: Address) -> str | None:
    """Return a name that differs once the table is made anew, None if it was never set up.

    Raises Unavailable for the table of another release.
    """
    row = table.read_row(SCHEMA_KEY, row_filter=VALUE)
    if row is None:
        return None
    schema = json.loads(row.cells[0].value)
    if schema["version"] != VERSION:
        newer = schema["version"] > VERSION
        age, advice = ("a newer", "upgrade the program") if newer else ("an older", "make a new one")
        raise Unavailable(
            f"{address} has schema version {schema['version']}, made by {age} release; this one knows {VERSION}: "
            f"{advice}"
        )
    return str(schema["made"])


def create_table(project: str, table: Any, address: Address, keep_days: Mapping[str, int]) -> None:
    """Make the table, or what it lacks, with rules that keep ageing kinds for that many days; 0: for ever."""
    families = {KEPT: ColumnFamily(gc_rule=GcRule(max_num_versions=1))}
    for kind in AGEING:
        newest = GcRule(max_num_versions=1)
        if days := keep_days[kind]:
            rules = [newest, GcRule(max_age=timedelta(days=days + MARGIN_DAYS))]
            newest = GcRule(union=GcRule.Union(rules=rules))
        families[kind] = ColumnFamily(gc_rule=newest)
    instance = f"projects/{project}/instances/{address.instance}"
    name = f"{instance}/tables/{address.table}"
    with connect_admin() as admin:
        with contextlib.suppress(AlreadyExists):
            made = Table(column_families=families)
            admin.create_table(parent=instance, table_id=address.table, table=made, retry=None, timeout=ADMIN_TIMEOUT_S)
        check_schema(table, address)  # A newer one is left as it is.
        present = admin.get_table(name=name, retry=None, timeout=ADMIN_TIMEOUT_S).column_families
        if changes := _changes(present, families):
            # Replicas may collect by the old rules for a while; that is no reason to refuse new ones.
            request = ModifyColumnFamiliesRequest(name=name, modifications=changes, ignore_warnings=True)
            admin.modify_column_families(request=request, retry=None, timeout=ADMIN_TIMEOUT_S)
    schema = json.dumps({"version": VERSION, "made": secrets.token_hex(8)}).encode()
    table.check_and_mutate_row(SCHEMA_KEY, VALUE, false_case_mutations=SetCell(KEPT, "value", schema, 0))


def _changes(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Any]:
    """Return the modifications that turn the present families into the wanted ones. Others are left alone."""
    changes = []
    for name, family in wanted.items():
        if name not in present:
            changes.append(ModifyColumnFamiliesRequest.Modification(id=name, create=family))
        elif present[name].gc_rule != family.gc_rule:
            changes.append(ModifyColumnFamiliesRequest.Modification(id=name, update=family))
    return changes
