"""Secrets at rest: what opens them, and what does not."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import Conflict, Corrupted
from core.settings import SettingError, Settings
from core.storage.sealed import KEY_FILE, SecretBox, own_key

OLD, NEW = "o" * 32, "n" * 32


def box(folder: Path, key: str = "", **settings: str) -> SecretBox:
    return SecretBox(Settings({}, data=str(folder), secret_key=key, **settings))


def test_a_secret_opens_in_its_own_context_alone(tmp_path: Path) -> None:
    sealed = box(tmp_path).seal("whsec_x", "webhook", "ada", "w1")
    assert "whsec" not in sealed
    assert box(tmp_path).open(sealed, "webhook", "ada", "w1") == "whsec_x"
    for other in (("webhook", "eve", "w1"), ("webhook", "ada", "w2"), ("webhook", "ada"), ("webhook#ada", "w1")):
        with pytest.raises(Corrupted):
            box(tmp_path).open(sealed, *other)


def test_equal_secrets_do_not_look_equal(tmp_path: Path) -> None:
    assert box(tmp_path).seal("x", "a") != box(tmp_path).seal("x", "a")


def test_a_key_can_be_replaced(tmp_path: Path) -> None:
    sealed = box(tmp_path, OLD).seal("x", "a")
    assert box(tmp_path, f"{NEW}, {OLD}").open(sealed, "a") == "x"
    again = box(tmp_path, f"{NEW},{OLD}").seal("x", "a")
    assert box(tmp_path, NEW).open(again, "a") == "x"
    with pytest.raises(Corrupted):
        box(tmp_path, NEW).open(sealed, "a")


def test_changed_bytes_do_not_open(tmp_path: Path) -> None:
    sealed = box(tmp_path).seal("x", "a")
    changed = sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]
    with pytest.raises(Corrupted):
        box(tmp_path).open(changed, "a")


def test_an_embedded_service_makes_one_key_for_all_its_processes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(own_key, [tmp_path / KEY_FILE] * 16))
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_without_a_key_a_service_of_several_machines_keeps_none(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="SECRETS_NOT_SET_UP"):
        box(tmp_path, tables="bigtable").seal("x", "a")
    assert not list(tmp_path.iterdir())


def test_a_short_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        box(tmp_path, "short").seal("x", "a")
    assert "short" not in str(caught.value).replace("shorter", "")
