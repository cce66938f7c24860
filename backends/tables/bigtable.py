"""Tables in Google Cloud Bigtable, or in its emulator where BIGTABLE_EMULATOR_HOST is set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.cloud.bigtable.data import DeleteAllFromRow, ReadRowsQuery, RowMutationEntry, RowRange

from backends.tables.bigtable_connection import Address, connect, open_table, translate_errors
from backends.tables.bigtable_schema import VALUE, check_schema, create_table, value_equals, write
from core.errors import Unavailable
from core.ports import Row

# Keys in one read: as many as the service pages by. Requests have a limit of size.
KEYS_AT_ONCE = 1000
# Rows in one write of many: each has a few mutations, and a request should have a few megabytes.
ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 4 << 20


class BigtableTables:
    """The `Tables` port over an existing table; `initialize` makes it.

    Each method is one read, or one mutation of one row, which Bigtable makes atomic; those over many rows are a request
    for some of them at a time. Reads, and writes without a condition, are tried again for a few seconds; a write under
    a condition is not, for it may have been done.

    Raises:
        Unavailable: the table cannot be reached, was never set up or is of another version.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._closed = False
        with translate_errors(address):
            self._client = connect(address)
        try:
            self._table = open_table(self._client, address)
            with self._words():
                self._made = check_schema(self._table, address)
            if self._made is None:
                raise Unavailable(
                    f"{address} was never set up, or was emptied: restore it from a backup, or run `nobrains init`"
                )
        except BaseException:
            self.close()
            raise

    @staticmethod
    def initialize(address: Address, keep_days: Mapping[str, int]) -> None:
        """Make the table; of an existing one only rules and missing families are changed.

        Args:
            address: where the table is.
            keep_days: for how many days rows of the kinds in `bigtable_schema.AGEING` are kept at least; 0: for ever.
        """
        with translate_errors(address), contextlib.closing(connect(address)) as client:
            create_table(client.project, open_table(client, address), address, keep_days)

    def get(self, key: str) -> bytes | None:
        with self._words():
            row = self._table.read_row(key, row_filter=VALUE)
        return None if row is None else row.cells[0].value

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        distinct = sorted(set(keys))
        found: list[Row] = []
        for first in range(0, len(distinct), KEYS_AT_ONCE):
            some = distinct[first : first + KEYS_AT_ONCE]
            found += self._read(ReadRowsQuery(row_keys=some, row_filter=VALUE))
        return {row.key: row.value for row in found}

    def put(self, key: str, value: bytes) -> None:
        with self._words():
            self._table.mutate_row(key, write(key, value))

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        self._mutate((RowMutationEntry(key, write(key, value)), len(value)) for key, value in rows.items())

    def put_if_absent(self, key: str, value: bytes) -> bool:
        with self._words():
            return not self._table.check_and_mutate_row(key, VALUE, false_case_mutations=write(key, value))

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        with self._words():
            return bool(
                self._table.check_and_mutate_row(key, value_equals(expected), true_case_mutations=write(key, value))
            )

    def delete(self, key: str) -> None:
        with self._words():
            self._table.mutate_row(key, DeleteAllFromRow())

    def delete_many(self, keys: Sequence[str]) -> None:
        self._mutate((RowMutationEntry(key, DeleteAllFromRow()), 0) for key in keys)

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        with self._words():
            return bool(
                self._table.check_and_mutate_row(key, value_equals(expected), true_case_mutations=DeleteAllFromRow())
            )

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        # The first key after `after` is itself and a NUL; no UTF-8 has the byte FF, so it ends every prefix.
        start, end = prefix.encode(), prefix.encode() + b"\xff"
        if after is not None:
            start = max(start, after.encode() + b"\0")
        if start >= end or limit < 1:  # To Bigtable, a limit of 0 is none.
            return []
        return self._read(ReadRowsQuery(row_ranges=RowRange(start, end), limit=limit, row_filter=VALUE))

    def ping(self) -> None:
        with self._words():
            made = check_schema(self._table, self._address)
        if made != self._made:
            raise Unavailable(
                f"{self._address} was emptied or made anew while in use: restore it from a backup, then restart "
                "this process"
            )

    def close(self) -> None:
        self._closed = True
        self._client.close()

    def _read(self, query: ReadRowsQuery) -> list[Row]:
        with self._words():
            return [Row(row.row_key.decode(), row.cells[0].value) for row in self._table.read_rows(query)]

    def _mutate(self, entries: Iterable[tuple[RowMutationEntry, int]]) -> None:
        """Send the mutations of many rows, each with the size of its value."""
        some: list[RowMutationEntry] = []
        size_bytes = 0
        for entry, entry_bytes in entries:
            if some and (len(some) == ROWS_AT_ONCE or size_bytes + entry_bytes > BYTES_AT_ONCE):
                self._mutate_at_once(some)
                some, size_bytes = [], 0
            some.append(entry)
            size_bytes += entry_bytes
        if some:
            self._mutate_at_once(some)

    def _mutate_at_once(self, entries: list[RowMutationEntry]) -> None:
        with self._words():
            self._table.bulk_mutate_rows(entries)

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        """Translate the errors of a call into the project's words."""
        if self._closed:
            raise Unavailable(f"{self._address} has been closed in this process")
        try:
            with translate_errors(self._address):
                yield
        except ValueError as exc:
            if not self._closed:
                raise
            raise Unavailable(f"{self._address} was closed in the middle of a call") from exc
