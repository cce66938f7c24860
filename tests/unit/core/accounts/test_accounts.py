"""Accounts over a real SQLite file."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.tables.sqlite import SqliteTables
from core.accounts.accounts import MAX_KEYS, Accounts
from core.accounts.credentials import CREDENTIAL_KINDS, Credentials, Principal
from core.domain.users import Login
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthorized
from core.settings import Settings
from core.storage import rows

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


def test_sign_up_then_sign_in_then_authenticate(accounts: Accounts) -> None:
    user = accounts.sign_up("Ada", PASSWORD)
    assert signed_in(accounts, username="aDA").user == user


def test_usernames_are_unique_whatever_their_case(accounts: Accounts) -> None:
    accounts.sign_up("Ada", PASSWORD)
    with pytest.raises(Conflict, match="USERNAME_TAKEN"):
        accounts.sign_up("aDA", PASSWORD)


def test_one_of_many_gets_the_name(accounts: Accounts) -> None:
    won = []

    def sign_up() -> None:
        with contextlib.suppress(Conflict):
            won.append(accounts.sign_up("ada", PASSWORD))

    threads = [threading.Thread(target=sign_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [signed_in(accounts).user] == won
    assert len(accounts.tables.scan("user#")) == 1


@pytest.mark.parametrize("username", ["", "ab", "a" * 65, "a b", "a#b", "ada\n", "ädä", "../x"])
def test_usernames_that_are_refused(accounts: Accounts, username: str) -> None:
    with pytest.raises(Invalid, match="INVALID_USERNAME"):
        accounts.sign_up(username, PASSWORD)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_passwords_that_are_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(Invalid, match="INVALID_PASSWORD"):
        accounts.sign_up("ada", password)


@pytest.mark.parametrize("password", ["12345678", "x" * 1024, "pass\0word", "пароль пароль", "🦆" * 8])
def test_passwords_that_are_taken(accounts: Accounts, password: str) -> None:
    accounts.sign_up("ada", password)
    assert signed_in(accounts, password).user.username == "ada"


def test_unknown_name_and_wrong_password_look_the_same(accounts: Accounts) -> None:
    accounts.sign_up("ada", PASSWORD)
    said = []
    for name in ("ada", "nobody", "no such#name"):
        with pytest.raises(Unauthorized) as caught:
            accounts.sign_in(name, "wrong password")
        said.append((caught.value.reason, caught.value.detail))
    assert len(set(said)) == 1


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_the_sixth_failure_in_a_row_pauses_even_the_right_password(accounts: Accounts, name: str) -> None:
    accounts.sign_up("ada", PASSWORD)
    for _ in range(5):
        with pytest.raises(Unauthorized):
            accounts.sign_in(name, "wrong password")
    with pytest.raises(TooMany) as caught:
        accounts.sign_in(name.upper(), PASSWORD)
    assert 0 < caught.value.retry_after_s <= 60


def test_a_pause_ends_and_counting_begins_anew(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.sign_up("ada", PASSWORD)
    start = time.time()
    for at in (start, start + 61):
        monkeypatch.setattr(time, "time", lambda at=at: at)
        for _ in range(5):
            with pytest.raises(Unauthorized):
                accounts.sign_in("ada", "wrong password")
    monkeypatch.setattr(time, "time", lambda: start + 122)
    assert signed_in(accounts).user.username == "ada"
    assert accounts.tables.scan("failure#") == []


def test_the_right_password_forgets_failures(accounts: Accounts) -> None:
    accounts.sign_up("ada", PASSWORD)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Unauthorized):
                accounts.sign_in("ada", "wrong password")
        accounts.sign_in("ada", PASSWORD)


def test_pauses_that_are_over_are_swept(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        accounts.throttle.record_failure("nobody")
    assert accounts.throttle.sweep() == 0
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert accounts.throttle.sweep() == 1
    assert accounts.tables.scan("failure#") == []


def test_secrets_are_kept_as_hashes_only(accounts: Accounts, tables: SqliteTables) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    token = accounts.sign_in("ada", PASSWORD).secret
    _, key = accounts.create_key(user, "script")
    stored = b"".join(row.key.encode() + row.value for row in tables.scan(""))
    for secret in (PASSWORD, token, key):
        assert secret.encode() not in stored


def test_a_credential_counts_only_for_its_kinds(accounts: Accounts) -> None:
    accounts.sign_up("ada", PASSWORD)
    session = accounts.sign_in("ada", PASSWORD, "session").secret
    accounts.authenticate(session, {"session"})
    with pytest.raises(Unauthorized):
        accounts.authenticate(session, {"token", "key"})


@pytest.mark.parametrize("secret", ["", "nb_", "nb_" + "a" * 43, "nb_" + "é" * 43, "x" * 1_000_000, "nb_#\0"])
def test_garbled_and_unknown_secrets(accounts: Accounts, secret: str) -> None:
    with pytest.raises(Unauthorized):
        accounts.authenticate(secret, CREDENTIAL_KINDS)


def test_signing_out_works_at_once(accounts: Accounts) -> None:
    accounts.sign_up("ada", PASSWORD)
    issued = accounts.sign_in("ada", PASSWORD)
    accounts.sign_out(accounts.authenticate(issued.secret, {"token"}))
    with pytest.raises(Unauthorized):
        accounts.authenticate(issued.secret, {"token"})
    assert accounts.tables.scan("cred#") == accounts.tables.scan("user_credentials#") == []


def test_expired_tokens_are_void_and_pruned(accounts: Accounts) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    old = Credentials(accounts.tables, ttl_s=0).issue(user, "token")
    with pytest.raises(Unauthorized):
        accounts.authenticate(old.secret, {"token"})
    new = accounts.sign_in("ada", PASSWORD)
    assert [row.key for row in accounts.tables.scan("cred#")] == [f"cred#{new.sha256}"]


def test_changing_the_password_signs_out_everywhere_else(accounts: Accounts) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    here, elsewhere = accounts.sign_in("ada", PASSWORD), accounts.sign_in("ada", PASSWORD, "session")
    _, key = accounts.create_key(user, "script")
    accounts.change_password(accounts.authenticate(here.secret, {"token"}), PASSWORD, "battery staple")
    accounts.authenticate(here.secret, {"token"})
    for secret in (elsewhere.secret, key):
        with pytest.raises(Unauthorized):
            accounts.authenticate(secret, CREDENTIAL_KINDS)
    assert accounts.keys(user.id) == []
    with pytest.raises(Unauthorized):
        accounts.sign_in("ada", PASSWORD)
    assert signed_in(accounts, "battery staple").user.generation == 1


def test_changing_the_password_needs_the_current_one(accounts: Accounts) -> None:
    accounts.sign_up("ada", PASSWORD)
    principal = signed_in(accounts)
    for _ in range(5):
        with pytest.raises(Forbidden, match="WRONG_PASSWORD"):
            accounts.change_password(principal, "wrong password", "battery staple")
    with pytest.raises(TooMany):
        accounts.change_password(principal, PASSWORD, "battery staple")


def test_who_signs_in_with_the_old_password_during_a_change_is_not_let_in(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.sign_up("ada", PASSWORD)
    principal = signed_in(accounts)
    issue = Credentials.issue

    def issue_late(self: Credentials, *args: object) -> object:
        monkeypatch.setattr(Credentials, "issue", issue)
        accounts.change_password(principal, PASSWORD, "battery staple")
        return issue(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Credentials, "issue", issue_late)
    with pytest.raises(Unauthorized):
        accounts.sign_in("ada", PASSWORD)
    assert len(accounts.tables.scan("cred#")) == 1


def test_keys(accounts: Accounts) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    first, secret = accounts.create_key(user, "first")
    second, _ = accounts.create_key(user, "second")
    assert {key.id for key in accounts.keys(user.id)} == {first.id, second.id}
    assert accounts.authenticate(secret, {"key"}).user == user
    accounts.revoke_key(user.id, first.id)
    with pytest.raises(Unauthorized):
        accounts.authenticate(secret, {"key"})
    with pytest.raises(NotFound):
        accounts.revoke_key(user.id, first.id)


def test_another_users_key_cannot_be_revoked(accounts: Accounts) -> None:
    ada, eve = accounts.sign_up("ada", PASSWORD), accounts.sign_up("eve", PASSWORD)
    key, secret = accounts.create_key(ada, "script")
    with pytest.raises(NotFound):
        accounts.revoke_key(eve.id, key.id)
    accounts.authenticate(secret, {"key"})


def test_there_is_an_end_to_keys(accounts: Accounts) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    for number in range(MAX_KEYS):
        accounts.create_key(user, str(number))
    with pytest.raises(Conflict, match="TOO_MANY_KEYS"):
        accounts.create_key(user, "one more")


def test_a_hash_of_other_parameters_is_renewed_on_sign_in(accounts: Accounts, tables: SqliteTables) -> None:
    from argon2 import PasswordHasher

    user = accounts.sign_up("ada", PASSWORD)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    tables.put("login#ada", rows.dump(Login(user.id, weak)))
    accounts.sign_in("ada", PASSWORD)
    renewed = rows.load(Login, tables.get("login#ada") or b"").password_hash
    assert "m=19456,t=2,p=1" in renewed
    accounts.sign_in("ada", PASSWORD)
