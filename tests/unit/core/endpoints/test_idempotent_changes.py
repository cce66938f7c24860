"""A registration or a rollback that is sent again is the same one, whatever was lost or crashed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.domain.endpoints import Decision, EndpointVersion, NewVersion
from core.errors import Conflict, NotFound
from tests.unit.core.endpoints.conftest import BY, Served


class Crashed(BaseException):
    """The process ends here."""


@pytest.fixture
def register(served: Served) -> Callable[..., EndpointVersion]:
    """Register one model under a key."""
    served.endpoint(2)
    new = NewVersion(served.model().id, "user/ada")

    def again(key: str | None = "key", **more: Any) -> EndpointVersion:
        return served.service.versions.register(served.user_id, "income", new, key=key, **more)

    return again


def test_a_registration_that_is_sent_again_is_one_version(
    served: Served, register: Callable[..., EndpointVersion]
) -> None:
    first = register()
    assert first.version == 3
    served.version()
    assert register() == first
    assert [register(None).version, register("another").version, served.version().version] == [5, 6, 7]
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        register(force_signature=True)


def test_a_registration_is_the_same_although_the_champion_differs_by_now(
    served: Served, register: Callable[..., EndpointVersion]
) -> None:
    first = register()
    served.promote(served.version(force=True, target="rent").version)
    assert register() == first
    with pytest.raises(Conflict, match="SIGNATURE_DIFFERS"):
        register("another")


def test_a_registration_that_crashed_at_any_write_is_made_when_it_is_sent_again(
    served: Served, register: Callable[..., EndpointVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = served.service.ports.tables
    writes = {name: getattr(tables, name) for name in ("put", "put_if_absent", "put_if_unchanged")}
    left = 0

    def writing(name: str) -> Callable[..., Any]:
        def write(*given: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Crashed
            left -= 1
            return writes[name](*given)

        return write

    for crashes in range(20):
        left = crashes
        with monkeypatch.context() as patched:
            for name in writes:
                patched.setattr(tables, name, writing(name))
            try:
                register(f"key {crashes}")
            except Crashed:
                pass
            else:
                break
        assert [register(f"key {crashes}").version for _ in range(2)] == [3 + crashes] * 2
    assert crashes >= 3


def test_a_registration_whose_version_was_deleted_makes_no_other(
    served: Served, register: Callable[..., EndpointVersion]
) -> None:
    served.service.versions.delete(served.user_id, "income", register().version)
    with pytest.raises(NotFound):
        register()


def test_an_endpoint_of_the_same_name_knows_nothing_of_the_keys_before(
    served: Served, register: Callable[..., EndpointVersion]
) -> None:
    register()
    served.service.eraser.endpoint(served.user_id, "income")
    served.endpoint(0)
    assert register().version == 1


def test_a_rollback_that_is_sent_again_is_not_undone(served: Served) -> None:
    served.endpoint(3)
    for version in (2, 3):
        served.promote(version)
    roll_back = served.service.endpoints.rollback
    assert roll_back(served.user_id, "income", BY, key="key").aliases == {"champion": 2}
    seen = served.service.endpoints.get(served.user_id, "income")
    assert roll_back(served.user_id, "income", BY, None, seen.revision - 1, "key") == seen
    served.promote(1)
    assert roll_back(served.user_id, "income", BY, key="key").aliases == {"champion": 1}
    assert roll_back(served.user_id, "income", BY, key="another").aliases == {"champion": 2}
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        roll_back(served.user_id, "income", Decision("user/ada", "other words"), key="key")


def test_a_rollback_that_was_refused_may_be_sent_again(served: Served) -> None:
    served.endpoint(2)
    with pytest.raises(Conflict, match="NOTHING_TO_ROLL_BACK"):
        served.service.endpoints.rollback(served.user_id, "income", BY, key="key")
    served.promote(2)
    assert served.service.endpoints.rollback(served.user_id, "income", BY, key="key").aliases == {"champion": 1}
