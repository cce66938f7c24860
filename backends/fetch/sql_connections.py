"""Connections to databases of users, at the address that was checked: the drivers look no name up again."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from backends.fetch.connection import CONNECT_S, MAX_ADDRESSES, Deadline, connect
from backends.fetch.failures import not_found
from core.errors import FetchFailed
from core.limits.outgoing import Address, Target, is_public
from core.source_ports import FetchLimits

if TYPE_CHECKING:
    import psycopg
    import pymysql

NAME = "nobrains"
NOWHERE = "/nonexistent/nobrains"
"""In the place of files that libpq would look for in the home folder."""
POSTGRESQL, MYSQL, SQLITE = "postgresql", "mysql", "sqlite"
SCHEMES = {"postgresql": POSTGRESQL, "postgres": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL}
SSL_MODES = ("disable", "prefer", "require", "verify-full")
MAX_CELL_BYTES = 64 << 20
PROGRESS_STEPS = 10_000
_SQLITE_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_SQLITE_TRANSACTION = {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT}


@dataclass(frozen=True)
class Login:
    """Who connects to which database of a server."""

    user: str
    password: str
    database: str
    ssl_mode: str


def login_of(url: str, user: str, password: str, addresses: list[Address]) -> Login:
    """Return whom the URL and the source name. Raises FetchFailed BAD_URL.

    Over the public network TLS is asked for, unless the URL says `?sslmode=verify-full`, which is better.
    """
    parts = urlsplit(url)
    said = parse_qs(parts.query, keep_blank_values=True)
    public = any(map(is_public, addresses))
    mode = said.pop("sslmode", ["require" if public else "prefer"])[-1]
    if said or mode not in SSL_MODES or (public and mode in ("disable", "prefer")):
        of_public = SSL_MODES[2:] if public else SSL_MODES
        detail = f"Behind the database the url may say ?sslmode= and one of {', '.join(of_public)}."
        raise FetchFailed("BAD_URL", detail, "Leave the rest out.")
    return Login(user, password, unquote(parts.path.lstrip("/")), mode)


def connect_postgresql(
    target: Target, addresses: list[Address], login: Login, deadline: Deadline
) -> psycopg.Connection[Any]:
    """Connect, read-only. Raises psycopg.Error."""
    import psycopg

    error: psycopg.Error | None = None
    for address in addresses[:MAX_ADDRESSES]:
        try:
            # `host` is for the certificate alone; nothing is read of this machine's own files.
            made = psycopg.connect(
                host=target.host, hostaddr=str(address), port=target.port, user=login.user, password=login.password,
                dbname=login.database or login.user, sslmode=login.ssl_mode, sslcert=NOWHERE, sslkey=NOWHERE,
                sslrootcert="system" if login.ssl_mode == "verify-full" else NOWHERE, passfile=NOWHERE,
                gssencmode="disable", connect_timeout=round(2 * CONNECT_S), application_name=NAME,
            )  # fmt: skip
        except psycopg.Error as exc:
            error = exc
            continue
        made.read_only = True
        shared = socket.socket(fileno=made.fileno())
        try:
            deadline.watch(shared)
        finally:
            shared.detach()
        return made
    assert error is not None
    raise error


def connect_mysql(
    target: Target, addresses: list[Address], login: Login, deadline: Deadline, limits: FetchLimits
) -> pymysql.Connection[Any]:
    """Connect, read-only. Raises OSError, pymysql.Error."""
    import pymysql

    modes: dict[str, Any] = {
        "disable": {"ssl_disabled": True}, "prefer": {}, "require": {"ssl": _unverified()},
        "verify-full": {"ssl": ssl.create_default_context()},
    }  # fmt: skip
    made = pymysql.connect(
        host=target.host, port=target.port, user=login.user, password=login.password, database=login.database or None,
        charset="utf8mb4", connect_timeout=2 * CONNECT_S, read_timeout=limits.stall_s, write_timeout=limits.stall_s,
        local_infile=False, defer_connect=True, program_name=NAME, **modes[login.ssl_mode],
    )  # fmt: skip
    made.connect(connect(target, addresses, deadline, limits.stall_s))
    with made.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("SET SESSION time_zone = '+00:00'")
        is_mariadb = "mariadb" in made.get_server_info().lower()
        limit = ("max_statement_time", limits.seconds) if is_mariadb else ("max_execution_time", limits.seconds * 1000)
        cursor.execute(f"SET SESSION {limit[0]} = {round(limit[1])}")
    return made


def connect_sqlite(folder: str, url: str, limits: FetchLimits) -> sqlite3.Connection:
    """Open a file below the operator's folder for reading. Raises FetchFailed, sqlite3.Error."""
    path = sqlite_path(folder, url)
    made = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
    made.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL_BYTES)
    made.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    made.set_authorizer(_authorize)
    until = time.monotonic() + limits.seconds
    made.set_progress_handler(lambda: int(time.monotonic() > until), PROGRESS_STEPS)
    return made


def sqlite_path(folder: str, url: str) -> Path:
    """Return the file that `sqlite:///name.db` names. Raises FetchFailed."""
    if not folder:
        detail = "The operator of this service has given no folder of SQLite files (NOBRAINS_FETCH_SQLITE)."
        raise FetchFailed("SQLITE_NOT_SET_UP", detail, "Use another kind of source, or ask the operator.")
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.netloc or parts.query or not name or "\0" in name:
        raise FetchFailed(
            "BAD_URL", "A file of SQLite is written sqlite:///name.db.", "It is below the operator's folder."
        )
    root = Path(folder).expanduser().resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise not_found(f"file {name[:200]!r}", "The operator's folder of SQLite files")
    return path


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    is_harmless = action in _SQLITE_READS and not (action == sqlite3.SQLITE_FUNCTION and second == "load_extension")
    # SQLAlchemy asks for this one.
    is_of_sqlalchemy = action == sqlite3.SQLITE_PRAGMA and first == "read_uncommitted" and second is None
    return (
        sqlite3.SQLITE_OK if is_harmless or is_of_sqlalchemy or action in _SQLITE_TRANSACTION else sqlite3.SQLITE_DENY
    )


def _unverified() -> ssl.SSLContext:
    """Return TLS that takes any certificate, as libpq's `require` does: databases mostly have one of their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
