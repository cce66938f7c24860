"""Queries of databases: read-only, in one pass over a cursor of the server, as JSON lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, CursorResult, create_engine
from sqlalchemy.pool import NullPool

from backends.fetch.connection import Deadline
from backends.fetch.failures import no_data
from backends.fetch.resolving import Resolve, pinned_addresses, resolve
from backends.fetch.sql_connections import (
    MYSQL,
    POSTGRESQL,
    SCHEMES,
    SQLITE,
    connect_mysql,
    connect_postgresql,
    connect_sqlite,
    login_of,
)
from backends.fetch.sql_rows import check_columns
from backends.fetch.sql_stream import ROWS, RowStream, database_errors
from core.domain.records import Json
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.secrets.references import reveal
from core.source_ports import FetchLimits, Opened
from csvfile.formats import JSON_LINES

DIALECTS = {POSTGRESQL: "postgresql+psycopg", MYSQL: "mysql+pymysql", SQLITE: "sqlite"}
PLACES = {POSTGRESQL: "%s", MYSQL: "%s", SQLITE: "?"}
_CURSOR = re.compile(r"(?<![:\w]):cursor\b")


@dataclass(frozen=True)
class Query:
    """A query, and where it goes on.

    Attributes:
        text: as its user wrote it; `:cursor` in it stands for `after`.
        cursor: the column that grows; "" for none.
        after: the value beyond which rows are wanted; None for all.
    """

    text: str
    cursor: str = ""
    after: Any = None

    def statement(self, kind: str, quoted_cursor: str) -> tuple[str, tuple[Any, ...]]:
        """Return it as the driver takes it, with its values, in the order of the cursor's column.

        Raises FetchFailed CURSOR_HAS_NO_VALUE.
        """
        text = self.text.strip().rstrip(";").strip()
        if not self.cursor:
            return text, ()
        places = len(_CURSOR.findall(text))
        if places and self.after is None:
            detail = "The query holds :cursor, and there is no value yet for it to begin with."
            raise FetchFailed("CURSOR_HAS_NO_VALUE", detail, "Give the cursor an `initial` value.")
        is_wrapped = not places and self.after is not None
        if kind != SQLITE and (places or is_wrapped):
            text = text.replace("%", "%%")
        text = _CURSOR.sub(PLACES[kind], text)
        condition = f"WHERE {quoted_cursor} > {PLACES[kind]} " if is_wrapped else ""
        whole = f"SELECT * FROM (\n{text}\n) AS fetched {condition}ORDER BY {quoted_cursor}"
        return whole, (self.after,) * (places + is_wrapped)


class SqlSource:
    """The `SourceReader` port over SQL: `{url, user?, password?, query, cursor?: {column, initial?}}`.

    Args:
        policy: which servers may be connected to.
        limits: of a fetch.
        sqlite_folder: the operator's, with files that all users may read; "" for none.
        resolver: finds addresses of names.
    """

    def __init__(
        self, policy: OutgoingPolicy, limits: FetchLimits, sqlite_folder: str = "", resolver: Resolve = resolve
    ) -> None:
        self.policy = policy
        self.limits = limits
        self.sqlite_folder = sqlite_folder
        self.resolver = resolver

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: Any = None
    ) -> Opened | None:
        """Run the query; None if it has no row beyond the cursor."""
        query = _query(spec, cursor)
        deadline = Deadline(self.limits.seconds)
        where = urlsplit(spec["url"]).hostname or "The database"
        with ExitStack() as stack:
            stack.enter_context(deadline.running())
            with database_errors(where, deadline, self.limits):
                kind, connection = self._connect(spec, secrets, deadline, stack)
                stream = RowStream(_run(connection, kind, query, self.limits), where, deadline, self.limits)
                first = stream.fetch()
            check_columns(stream.names)
            if query.cursor and query.cursor not in stream.names:
                detail = f"The query has no column {query.cursor[:200]!r}."
                raise FetchFailed("CURSOR_NOT_FOUND", detail, "The cursor's column must be one of the query's.")
            if not first and query.after is not None:
                return None
            if not first:
                raise no_data("The query")
            kept = stack.pop_all()
        opened = Opened(
            iter(()), JSON_LINES, cursor=query.after, rows=0, close=lambda: stream.close(kept), cut=deadline.cut
        )  # fmt: skip
        opened.chunks = stream.lines(opened, first, query.cursor)
        return opened

    def _connect(
        self, spec: Json, secrets: Mapping[str, str], deadline: Deadline, stack: ExitStack
    ) -> tuple[str, Connection]:
        scheme, _, rest = spec["url"].partition("://")
        creator: Callable[[], Any]
        if scheme == SQLITE:
            kind, creator = SQLITE, lambda: connect_sqlite(self.sqlite_folder, spec["url"], self.limits)
        else:
            kind, url = SCHEMES.get(scheme, ""), f"{SCHEMES.get(scheme, scheme)}://{rest}"
            target = self.policy.check_url(url, (POSTGRESQL, MYSQL))
            addresses = pinned_addresses(target, self.policy, self.resolver)
            user, password = (str(reveal(spec.get(name) or "", secrets)) for name in ("user", "password"))
            login = login_of(url, user, password, addresses)
            creator = (
                (lambda: connect_postgresql(target, addresses, login, deadline))
                if kind == POSTGRESQL
                else (lambda: connect_mysql(target, addresses, login, deadline, self.limits))
            )
        engine = create_engine(f"{DIALECTS[kind]}://", creator=creator, poolclass=NullPool)
        stack.callback(engine.dispose)
        return kind, stack.enter_context(engine.connect())


def _query(spec: Json, cursor: Any) -> Query:
    said = spec.get("cursor") or {}
    return Query(spec["query"], said.get("column") or "", said.get("initial") if cursor is None else cursor)


def _run(connection: Connection, kind: str, query: Query, limits: FetchLimits) -> CursorResult[Any]:
    if kind == POSTGRESQL:  # Of this transaction alone: a pooler gives the session to others.
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(limits.seconds * 1000)}")
        connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")
    quoted = connection.dialect.identifier_preparer.quote_identifier(query.cursor) if query.cursor else ""
    statement, values = query.statement(kind, quoted)
    ready = connection.execution_options(stream_results=True, max_row_buffer=ROWS, no_parameters=not values)
    result = ready.exec_driver_sql(statement, values)
    if not result.returns_rows:
        raise FetchFailed("QUERY_FAILED", "The statement returns no rows.", "Write a query: SELECT …")
    return result
