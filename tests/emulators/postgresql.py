"""PostgreSQL of Debian, for tests: its own folder and port on loopback, gone with the process that started it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.emulators.bound import ROOT, bound
from tests.emulators.debian import install
from tests.emulators.ports import reserve_ports
from tests.waiting import wait_for

PACKAGE = "postgresql"
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Database:
    """A running server: user `reader` with `PASSWORD`, database `shop`."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/shop"

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="owner", password=PASSWORD, dbname="shop", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextlib.contextmanager
def running_postgresql() -> Iterator[Database]:
    """Start it; killed at the end. Skips the test where there is none."""
    scripts = _scripts() or (install(PACKAGE), _scripts())[1]
    if scripts is None:
        pytest.skip(f"PostgreSQL is not installed: apt-get install {PACKAGE}")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())  # It refuses to be root.
    os.chown(folder, user.pw_uid, user.pw_gid)
    (port,) = reserve_ports(1)
    password = folder / "password"
    password.write_text(PASSWORD)
    as_user = {"user": user.pw_uid, "group": user.pw_gid} if os.getuid() == 0 else {}
    subprocess.run(
        [scripts / "initdb", "-D", folder / "data", "-U", "owner", "-A", "scram-sha-256", "--pwfile", password,
         "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8"],
        check=True, capture_output=True, cwd=folder, **as_user,
    )  # fmt: skip
    command = [
        str(scripts / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder),
        "-c", "fsync=off",
    ]  # fmt: skip
    process = subprocess.Popen(
        bound(["/usr/bin/setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command])
        if os.getuid() == 0 else bound(command),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: _answers(port))
        with psycopg.connect(
            host="127.0.0.1", port=port, user="owner", password=PASSWORD, dbname="postgres", autocommit=True
        ) as owner:
            owner.execute("CREATE DATABASE shop")
            owner.execute(f"CREATE USER reader PASSWORD '{PASSWORD}'".encode())
        yield Database(port, process)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _scripts() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="owner", password=PASSWORD, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
