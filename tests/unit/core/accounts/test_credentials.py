"""Tokens, sessions, keys and passwords: what lets a user in, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from backends.tables.sqlite import SqliteTables
from core.accounts.accounts import MAX_KEYS, Accounts
from core.accounts.credentials import CREDENTIAL_KINDS, Credentials, Principal
from core.domain.users import Login
from core.errors import Conflict, Forbidden, NotFound, TooMany, Unauthorized, Unavailable
from core.storage import rows
from tests.unit.core.accounts.conftest import PASSWORD, signed_in
from tests.waiting import wait_for


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


def lock(accounts: Accounts, user_id: str) -> None:
    accounts.update(user_id, lambda user: replace(user, locked=True))


ENDS: dict[str, Callable[[Accounts, str, str], None]] = {
    "revoked": lambda accounts, user_id, key_id: accounts.revoke_key(user_id, key_id),
    "locked": lambda accounts, user_id, _: lock(accounts, user_id),
    "another password": lambda accounts, user_id, _: accounts.reset_password(user_id, "battery staple"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_remembered_credential_is_soon_as_void_as_its_rows(accounts: Accounts, end: str) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    key, secret = accounts.create_key(user, "script")

    def enter(*, remembered: bool) -> Principal | None:
        try:
            return accounts.authenticate(secret, CREDENTIAL_KINDS, remembered=remembered)
        except Unauthorized:
            return None

    known = enter(remembered=True)
    assert known == enter(remembered=False)
    ENDS[end](accounts, user.id, key.id)
    assert enter(remembered=False) is None
    wait_for(lambda: enter(remembered=True) is None)


def test_a_remembered_credential_costs_no_row_and_goes_on_without_tables(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.sign_up("ada", PASSWORD)
    secret = accounts.sign_in("ada", PASSWORD).secret
    known = accounts.authenticate(secret, CREDENTIAL_KINDS, remembered=True)

    def be_away(_: str) -> bytes:
        raise Unavailable("no table answers")

    monkeypatch.setattr(accounts.tables, "get", be_away)
    assert accounts.authenticate(secret, CREDENTIAL_KINDS, remembered=True) == known
    monkeypatch.setattr("core.storage.fresh_cache.FRESH_S", 0.0)
    assert accounts.authenticate(secret, CREDENTIAL_KINDS, remembered=True) == known
    with pytest.raises(Unauthorized):
        accounts.authenticate(secret, {"session"}, remembered=True)
    with pytest.raises(Unavailable):
        accounts.authenticate(secret, CREDENTIAL_KINDS)


def test_a_remembered_token_expires_at_its_time(accounts: Accounts) -> None:
    user = accounts.sign_up("ada", PASSWORD)
    short = Credentials(accounts.tables, ttl_s=1)
    secret = short.issue(user, "token").secret
    short.authenticate(secret, {"token"}, remembered=True)

    def is_refused() -> bool:
        try:
            short.authenticate(secret, {"token"}, remembered=True)
        except Unauthorized:
            return True
        return False

    wait_for(is_refused)
    assert short.tables.get(rows.key("cred", rows.digest(secret))) is not None  # the clock ended it, not a row


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
