"""Accounts over a real SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.tables.sqlite import SqliteTables
from core.accounts.accounts import Accounts
from core.accounts.credentials import CREDENTIAL_KINDS, Principal
from core.settings import Settings

PASSWORD = "correct horse"


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[SqliteTables]:
    path = tmp_path / "tables.db"
    SqliteTables.initialize(path)
    opened = SqliteTables(path)
    yield opened
    opened.close()


@pytest.fixture
def accounts(tables: SqliteTables) -> Accounts:
    return Accounts(tables, Settings({}))


def signed_in(accounts: Accounts, password: str = PASSWORD, username: str = "ada") -> Principal:
    return accounts.authenticate(accounts.sign_in(username, password).secret, CREDENTIAL_KINDS)
