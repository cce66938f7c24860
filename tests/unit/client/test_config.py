"""Which server, and as whom."""

from __future__ import annotations

import stat

import pytest

from nobrains_client import NoBrainsError
from nobrains_client.config import DEFAULT_URL, Credentials, load, path, resolve, save

SAVED = Credentials("https://ml.example.org", "saved-token")


def test_nothing_is_the_server_on_this_machine() -> None:
    assert resolve() == Credentials(DEFAULT_URL)


def test_what_is_saved_is_for_this_user_alone() -> None:
    save(Credentials("https://old.example.org", "old"))
    save(SAVED)
    assert load() == resolve() == SAVED
    assert stat.S_IMODE(path().stat().st_mode) == 0o600
    assert [file.name for file in path().parent.iterdir()] == ["credentials.json"]
    assert "saved-token" not in repr(load())


def test_arguments_win_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    save(SAVED)
    monkeypatch.setenv("NOBRAINS_URL", "https://env.example.org/")
    monkeypatch.setenv("NOBRAINS_TOKEN", "env-token")
    assert resolve() == Credentials("https://env.example.org", "env-token")
    assert resolve("http://localhost:1/api/v1/", "mine") == Credentials("http://localhost:1", "mine")


def test_a_saved_token_is_shown_to_its_own_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    save(SAVED)
    assert resolve("https://ml.example.org/").token == "saved-token"
    assert resolve("https://evil.example.org").token is None
    monkeypatch.setenv("NOBRAINS_URL", "https://evil.example.org")
    assert resolve().token is None


@pytest.mark.parametrize("url", ["ml.example.org", "ftp://ml.example.org", "https://", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(NoBrainsError, match="not a server address"):
        resolve(url)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_damaged_file_is_told_with_its_cure(text: str) -> None:
    save(SAVED)
    path().write_text(text)
    with pytest.raises(NoBrainsError, match="sign in again"):
        load()
