"""Signing up and in."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from core.accounts.accounts import Accounts
from core.errors import Conflict, Invalid, TooMany, Unauthorized
from tests.unit.core.accounts.conftest import PASSWORD, signed_in


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
