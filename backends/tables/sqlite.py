"""Tables in one SQLite file: the embedded default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.sqlite_database import Database
from core.ports import Row

VERSION = 2

# SQLite compares TEXT as UTF-8 bytes (its BINARY collation, the default): the key order of the port.
SCHEMA = "CREATE TABLE rows (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID"

# Keys in one statement; SQLite takes at most 32766 parameters, and a long list gains nothing.
KEYS_AT_ONCE = 500


class SqliteTables:
    """The `Tables` port over an existing file; `initialize` makes it.

    Each method is one statement, and so one transaction; those over many rows are one for some of them at a time. Every
    process of the machine may open the file.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, VERSION)

    @staticmethod
    def initialize(path: Path) -> None:
        """Make the file; an existing one is left as it is."""
        Database.create(path, VERSION, SCHEMA)

    def get(self, key: str) -> bytes | None:
        with self._database.connection() as connection:
            row = connection.execute("SELECT value FROM rows WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with self._database.connection() as connection:
            for first in range(0, len(keys), KEYS_AT_ONCE):
                some = keys[first : first + KEYS_AT_ONCE]
                marks = ",".join("?" * len(some))
                found.update(connection.execute(f"SELECT key, value FROM rows WHERE key IN ({marks})", some))
        return found

    def put(self, key: str, value: bytes) -> None:
        self._write("REPLACE INTO rows VALUES (?, ?)", key, value)

    def put_many(self, rows: Mapping[str, bytes]) -> None:
        self._write_many("REPLACE INTO rows VALUES (?, ?)", list(rows.items()))

    def put_if_absent(self, key: str, value: bytes) -> bool:
        return self._write("INSERT INTO rows VALUES (?, ?) ON CONFLICT DO NOTHING", key, value)

    def put_if_unchanged(self, key: str, value: bytes, expected: bytes) -> bool:
        return self._write("UPDATE rows SET value = ? WHERE key = ? AND value = ?", value, key, expected)

    def delete(self, key: str) -> None:
        self._write("DELETE FROM rows WHERE key = ?", key)

    def delete_many(self, keys: Sequence[str]) -> None:
        self._write_many("DELETE FROM rows WHERE key = ?", [(key,) for key in keys])

    def delete_if_unchanged(self, key: str, expected: bytes) -> bool:
        return self._write("DELETE FROM rows WHERE key = ? AND value = ?", key, expected)

    def scan(self, prefix: str, limit: int = 1000, after: str | None = None) -> list[Row]:
        # The first key after `after` is itself and a NUL; no UTF-8 has the byte FF, so it ends every prefix.
        first = prefix if after is None else max(prefix, after + "\0")
        end = prefix.encode() + b"\xff"
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT key, value FROM rows WHERE key >= ? AND key < CAST(? AS TEXT) ORDER BY key LIMIT ?",
                (first, end, limit),
            ).fetchall()
        return [Row(key, value) for key, value in rows]

    def ping(self) -> None:
        with self._database.connection() as connection:
            connection.execute("SELECT key FROM rows LIMIT 1").fetchall()

    def close(self) -> None:
        self._database.close()

    def _write(self, statement: str, *parameters: str | bytes) -> bool:
        """Execute the statement and return whether it wrote a row."""
        with self._database.writing() as connection:
            return connection.execute(statement, parameters).rowcount == 1

    def _write_many(self, statement: str, parameters: Sequence[tuple[str | bytes, ...]]) -> None:
        """Execute the statement for each of the parameters, some of them at once: others write in between."""
        with self._database.writing() as connection:
            for first in range(0, len(parameters), KEYS_AT_ONCE):
                connection.execute("BEGIN IMMEDIATE")
                try:
                    connection.executemany(statement, parameters[first : first + KEYS_AT_ONCE])
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
