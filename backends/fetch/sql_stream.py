"""Rows of a query as they come, and what goes wrong meanwhile in words."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from backends.fetch.connection import Deadline
from backends.fetch.failures import not_authorized, timed_out, too_many_rows
from backends.fetch.sql_rows import json_lines
from core.errors import FetchFailed
from core.source_ports import FetchLimits, Opened

ROWS = 1000
"""Rows that are read at a time."""
ERRORS = (SQLAlchemyError, OSError, RuntimeError, ValueError)
TIMED_OUT = ("57014", "1969", "3024")
NOT_ALLOWED_IN = ("1044", "1045", "1698")
LOST = ("2003", "2006", "2013", "57P01", "57P02", "57P03")
"""Codes of errors: PostgreSQL's SQLSTATE, and numbers of MariaDB and MySQL."""


class RowStream:
    """Rows of a query that runs."""

    def __init__(self, result: CursorResult[Any], where: str, deadline: Deadline, limits: FetchLimits) -> None:
        self.result = result
        self.where = where
        self.deadline = deadline
        self.limits = limits
        self.names = list(result.keys())
        self._over = threading.Event()

    def fetch(self) -> Sequence[Any]:
        """Return the next rows; none at the end. Raises FetchFailed."""
        with database_errors(self.where, self.deadline, self.limits):
            return self.result.fetchmany(ROWS)

    def lines(self, opened: Opened, first: Sequence[Any], cursor: str) -> Iterator[bytes]:
        """Yield all rows as JSON lines, and keep count in `opened`. Raises FetchFailed.

        Args:
            opened: gets the number of rows, and the greatest value of the cursor's column.
            first: the rows that were read already.
            cursor: that column, by which the rows are ordered; "" for none.
        """
        at, count, rows = self.names.index(cursor) if cursor else -1, 0, first
        while rows:
            count += len(rows)
            if count > self.limits.max_rows:
                raise too_many_rows(self.limits.max_rows)
            opened.rows = count
            if at >= 0:
                known = [row[at] for row in rows if row[at] is not None]
                opened.cursor = _as_json(known[-1]) if known else opened.cursor
            yield json_lines(self.names, rows)
            rows = self.fetch()
        self._over.set()

    def close(self, stack: ExitStack) -> None:
        """Let go of the connection; one that still sends is cut off, as its driver would first read all the rest."""
        if not self._over.is_set():
            self.deadline.cut()
            unread = getattr(self.result.cursor, "_result", None)
            if unread is not None:  # pymysql would read on, of a connection that is gone, once it is collected.
                unread.unbuffered_active = False
        with suppress(*ERRORS):
            stack.close()


@contextmanager
def database_errors(where: str, deadline: Deadline, limits: FetchLimits) -> Iterator[None]:
    """Raise FetchFailed where a driver or the network fails inside."""
    try:
        yield
    except ERRORS as exc:
        raise failure(exc, where, deadline, limits) from exc


def _as_json(value: Any) -> Any:
    """Return the cursor's value as a row may hold it, and as the database compares it again."""
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bool | int | float | str):
        return value
    return str(value) if isinstance(value, Decimal) else json.loads(json.dumps(value, default=str))


def failure(exc: Exception, where: str, deadline: Deadline, limits: FetchLimits) -> FetchFailed:
    original = exc.orig if isinstance(exc, DBAPIError) and exc.orig is not None else exc
    code, words = _code(original), " ".join(str(original).split())[:500]
    if deadline.has_passed or code in TIMED_OUT or words == "interrupted":
        return timed_out(where, limits.seconds)
    if code[:2] == "28" or code in NOT_ALLOWED_IN or (not code and "password" in words):
        return not_authorized(where, words)
    if isinstance(original, OSError):
        return FetchFailed("CONNECTION_FAILED", f"{where} takes no connection: {words}.", "Check its url and port.")
    if code[:2] == "08" or code in LOST or (not code and not isinstance(original, sqlite3.Error)):
        return FetchFailed("CONNECTION_FAILED", f"{where}: {words}", "Check its url, its port and TLS.")
    return FetchFailed("QUERY_FAILED", words or type(original).__name__, "Run the query there, and correct it.")


def _code(exc: BaseException) -> str:
    """Return PostgreSQL's SQLSTATE, or the number of an error of MariaDB or MySQL; "" if it has none."""
    state = getattr(exc, "sqlstate", None)
    if state:
        return str(state)
    return str(exc.args[0]) if exc.args and isinstance(exc.args[0], int) and not isinstance(exc, OSError) else ""
