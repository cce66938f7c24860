"""MariaDB of Debian, for tests: its own folder and port on loopback, gone with the process that started it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

from tests.emulators.bound import ROOT, bound
from tests.emulators.debian import install
from tests.emulators.ports import reserve_ports
from tests.waiting import wait_for

PACKAGE = "mariadb-server"
SERVER = "mariadbd"
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Database:
    """A running server: user `reader` with `PASSWORD`, database `shop`."""

    port: int
    socket: str

    @property
    def url(self) -> str:
        return f"mysql://127.0.0.1:{self.port}/shop"

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        with owner(self.socket) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()


@contextlib.contextmanager
def running_mariadb() -> Iterator[Database]:
    """Start it; killed at the end. Skips the test where there is none."""
    if _server() is None:
        install(PACKAGE)
    server = _server()
    if server is None:
        pytest.skip(f"MariaDB is not installed: apt-get install {PACKAGE}")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    (port,) = reserve_ports(1)
    user = "root" if os.getuid() == 0 else ""
    common = ["--no-defaults", f"--datadir={folder / 'data'}", *([f"--user={user}"] if user else [])]
    installer = shutil.which("mariadb-install-db")
    assert installer is not None
    subprocess.run(
        [installer, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    process = subprocess.Popen(
        bound([server, *common, f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", f"--port={port}",
               "--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        made = Database(port, str(folder / "socket"))
        wait_for(lambda: _answers(made.socket))
        with owner(made.socket, "") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop")
            cursor.execute(f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'")
            cursor.execute("GRANT ALL ON shop.* TO reader@'%'")
        yield made
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def owner(socket: str, database: str = "shop") -> pymysql.Connection[pymysql.cursors.Cursor]:
    """A connection of the server's owner."""
    return pymysql.connect(unix_socket=socket, user="root", database=database or None)


def _server() -> str | None:
    found = shutil.which(SERVER) or f"/usr/sbin/{SERVER}"
    return found if Path(found).exists() else None


def _answers(socket: str) -> bool:
    try:
        owner(socket, "").close()
    except pymysql.err.OperationalError:
        return False
    return True
