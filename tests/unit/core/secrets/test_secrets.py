"""Secrets of users: put, listed by name, opened for their own user alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Corrupted, FetchFailed, Invalid, NotFound
from core.secrets import secrets as module
from core.secrets.references import named_secrets, reveal
from core.storage import rows
from tests.unit.core.conftest import World

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)


def test_a_secret_is_kept_sealed_and_opened_for_its_user(world: World) -> None:
    secrets, ada = world.service.secrets, world.user.id
    secrets.put(ada, "warehouse", "correct horse")
    stored = b"".join(row.value for row in rows.scan_all(world.service.ports.tables, ""))
    assert b"correct horse" not in stored
    assert secrets.open(ada, "warehouse") == "correct horse"
    assert secrets.open("eve", "warehouse") is None
    secrets.put(ada, "warehouse", "another")
    assert (secrets.names(ada), secrets.open(ada, "warehouse")) == (["warehouse"], "another")


def test_a_row_that_was_moved_to_another_name_or_user_does_not_open(world: World) -> None:
    secrets, tables = world.service.secrets, world.service.ports.tables
    secrets.put("ada", "mine", "correct horse")
    raw = tables.get("secret#ada#mine")
    assert raw is not None
    for user, name in (("eve", "mine"), ("ada", "other")):
        tables.put(f"secret#{user}#{name}", raw)
        with pytest.raises(Corrupted):
            secrets.open(user, name)
        with pytest.raises(FetchFailed, match="SECRET_LOST"):
            secrets.open_all(user, [name])


def test_a_deleted_secret_is_gone(world: World) -> None:
    secrets = world.service.secrets
    secrets.put("ada", "a", "x")
    secrets.delete("ada", "a")
    assert secrets.open("ada", "a") is None
    with pytest.raises(NotFound):
        secrets.delete("ada", "a")


@pytest.mark.parametrize("name", ["", "-a", ".a", "a/b", "a#b", "a b", "é", "a" * 64, "a\n"])
def test_what_is_no_name_is_refused(world: World, name: str) -> None:
    with pytest.raises(Invalid, match="BAD_SECRET_NAME"):
        world.service.secrets.put("ada", name, "x")


def test_a_value_has_bounds_and_so_has_their_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = world.service.secrets
    for value in ("", "é" * (module.MAX_VALUE_BYTES // 2 + 1)):
        with pytest.raises(Invalid, match="SECRET_TOO_LONG"):
            secrets.put("ada", "a", value)
    monkeypatch.setattr(module, "MAX_SECRETS", 2)
    secrets.put("ada", "a", "x")
    secrets.put("ada", "b", "x")
    with pytest.raises(Conflict, match="QUOTA_EXCEEDED"):
        secrets.put("ada", "c", "x")
    secrets.put("ada", "b", "y")
    assert secrets.names("ada") == ["a", "b"]


@given(st.recursive(WORDS | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)))
def test_a_spec_without_references_names_no_secret(spec: object) -> None:
    found = named_secrets(spec)
    assert found == [] or "secret" in repr(spec)


def test_a_reference_is_found_wherever_it_stands_and_stands_for_its_secret() -> None:
    spec = {
        "headers": {"X-Key": {"secret": "b"}, "Accept": "text/csv"},
        "password": {"secret": "a"},
        "also": [{"secret": "a"}],
    }
    assert named_secrets(spec) == ["b", "a"]
    assert reveal(spec["password"], {"a": "x"}) == "x"
    assert reveal("plain", {}) == "plain"
    with pytest.raises(FetchFailed, match="SECRET_MISSING"):
        reveal(spec["password"], {"b": "x"})
