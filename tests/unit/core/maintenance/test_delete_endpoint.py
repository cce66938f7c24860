"""Endpoints that are deleted, models that are versions, and what crashes leave of either."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from core.domain.endpoints import NewVersion
from core.errors import Conflict, NotFound, PreconditionFailed
from core.storage import rows
from tests.unit.core.endpoints.conftest import Served, served  # noqa: F401

KINDS = ("endpoint", "version", "change", "erasure")


def left(served: Served) -> list[str]:  # noqa: F811
    tables = served.service.ports.tables
    return [row.key for kind in KINDS for row in rows.scan_all(tables, f"{kind}#")]


def delete(served: Served) -> None:  # noqa: F811
    served.service.eraser.endpoint(served.user_id, "income")


def fill(served: Served) -> None:  # noqa: F811
    served.endpoint(3)
    for number in range(30):
        served.promote(1 + number % 3)


def test_a_deleted_endpoint_leaves_nothing(served: Served) -> None:  # noqa: F811
    fill(served)
    tables = served.service.ports.tables
    served.service.monitoring.pulses.ensure(served.service.endpoints.get(served.user_id, "income"))
    assert tables.scan("monitor#")
    delete(served)
    assert [key for key in left(served) if not key.startswith("erasure")] == []
    served.world.sweep()
    served.world.sweep(after_s=120)
    assert left(served) == []
    served.world.sweep(after_s=120)
    served.world.sweep(after_s=120)
    assert not tables.scan("monitor#")
    with pytest.raises(NotFound):
        delete(served)


@pytest.mark.parametrize("after", range(0, 36, 5))
def test_a_deletion_that_crashed_hides_it_at_once_and_is_carried_out_later(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    fill(served)
    tables, done = served.service.ports.tables, []
    delete_row = tables.delete_if_unchanged

    def crash(key: str, expected: bytes) -> bool:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(key)
        return delete_row(key, expected)

    with monkeypatch.context() as patched:
        patched.setattr(tables, "delete_if_unchanged", crash)
        with contextlib.suppress(KeyboardInterrupt):
            delete(served)
    assert served.service.endpoints.find(served.user_id, "income") is None
    served.endpoint(1)
    served.world.sweep()
    served.world.sweep(after_s=120)
    assert served.aliases == {"champion": 1}
    assert [each.version for each in served.service.versions.page(served.user_id, "income", 9).items] == [1]
    assert sorted(key.split("#")[0] for key in left(served)) == ["endpoint", "version"]


def test_what_requests_under_way_still_wrote_is_deleted_later_and_shows_nowhere(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A version and lines of the log that are written as the endpoint goes."""
    served.endpoint(1)
    store = served.service.versions.endpoints
    endpoint = store.get(served.user_id, "income")
    is_current = store.is_current

    def too_late(found: Any) -> bool:
        current = is_current(found)
        monkeypatch.undo()
        delete(served)
        return current

    monkeypatch.setattr(store, "is_current", too_late)
    served.service.versions.add(endpoint, NewVersion(served.model().id, "user/ada"))
    store.log._copy(endpoint, [{"seq": 1}])
    served.endpoint(0)
    assert served.service.versions.page(served.user_id, "income", 9).items == []
    served.version()
    for number in range(30):
        served.promote(1, "champion" if number % 2 else "b")
    lines = served.service.endpoints.changes(served.user_id, "income", 100).items
    assert [line.seq for line in lines] == list(range(31, 0, -1))
    served.world.sweep()
    served.world.sweep(after_s=120)
    own = served.service.endpoints.get(served.user_id, "income").id
    found = [row for kind in ("version", "change") for row in rows.scan_all(served.service.ports.tables, f"{kind}#")]
    assert {rows.load_json(row.value)["endpoint_id"] for row in found} == {own}


def test_a_deletion_by_whoever_saw_an_older_state_does_nothing(served: Served) -> None:  # noqa: F811
    served.endpoint(2)
    served.promote(2)
    with pytest.raises(PreconditionFailed):
        served.service.eraser.endpoint(served.user_id, "income", 1)
    served.world.sweep()
    served.world.sweep(after_s=120)
    assert served.aliases == {"champion": 2}
    assert [key for key in left(served) if key.startswith("erasure")] == []


def test_a_model_that_is_a_version_is_neither_deleted_nor_expired(served: Served) -> None:  # noqa: F811
    served.endpoint(2)
    service, user = served.service, served.user_id
    model = service.versions.get(user, "income", 2).model_id
    with pytest.raises(Conflict) as error:
        service.eraser.model(user, model)
    assert error.value.reason == "MODEL_IN_USE"
    service.settings.values["job_days"] = 1
    for row in rows.scan_all(service.ports.tables, "model#"):
        old = rows.load_json(row.value) | {"created_at": "2020-01-01T00:00:00.000Z"}
        service.ports.tables.put(row.key, rows.dump(old))
    unused = served.model()
    service.ports.tables.put(
        rows.key("model", user, unused.id),
        rows.dump(rows.load_json(rows.dump(unused)) | {"created_at": "2020-01-01T00:00:00.000Z"}),
    )
    service.retention.expire()
    assert service.models.find(user, model) is not None
    assert service.models.find(user, unused.id) is None
    service.versions.delete(user, "income", 2)
    service.eraser.model(user, model)
    assert service.models.find(user, model) is None
    assert [row.key for row in rows.scan_all(service.ports.tables, f"modelwork#{user}#{model}")] == []


def test_models_in_use_do_not_keep_others_from_expiring(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.maintenance.retention.DELETIONS_PER_ROUND", 2)
    served.service.settings.values["job_days"] = 1
    unused = [served.model().id for _ in range(3)]
    served.endpoint(4)  # Newer ones come first.
    for row in rows.scan_all(served.service.ports.tables, "model#"):
        old = rows.load_json(row.value) | {"created_at": "2020-01-01T00:00:00.000Z"}
        served.service.ports.tables.put(row.key, rows.dump(old))
    served.service.retention.expire()
    assert sum(served.service.models.find(served.user_id, id) is not None for id in unused) == 1
    served.service.retention.expire()
    assert sum(served.service.models.find(served.user_id, id) is not None for id in unused) == 0


def test_a_model_that_becomes_a_version_while_it_is_deleted_stays(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The registration falls between looking who uses the model and the tombstone."""
    served.endpoint(1)
    service, user, model = served.service, served.user_id, served.model()
    mark = service.models.mark_deleted

    def late(*args: str) -> Any:
        monkeypatch.undo()
        service.versions.register(user, "income", NewVersion(model.id, "user/ada"))
        return mark(*args)

    monkeypatch.setattr(service.models, "mark_deleted", late)
    with pytest.raises(Conflict):
        service.eraser.model(user, model.id)
    assert service.models.get(user, model.id) == model
    assert service.versions.get(user, "income", 2).model_id == model.id
    assert [row.key for row in rows.scan_all(service.ports.tables, "erasure#")] == []


def test_a_registration_that_is_too_late_makes_no_version(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model is deleted after it was looked up, and before its version is written."""
    served.endpoint(1)
    service, user, model = served.service, served.user_id, served.model()
    slot = service.versions.rows.slot

    def late(*args: Any) -> Any:
        found = slot(*args)
        if args[1] == 2 and service.ports.tables.get(rows.key("modelwork", user, model.id, "endpoint:income:2")):
            monkeypatch.undo()
            service.eraser.model(user, model.id)
        return found

    monkeypatch.setattr(service.versions.rows, "slot", late)
    with pytest.raises(NotFound):
        service.versions.register(user, "income", NewVersion(model.id, "user/ada"))
    assert [each.version for each in service.versions.page(user, "income", 9).items] == [1]
    assert served.version().version > 1


def test_a_deletion_of_a_model_that_crashed_after_its_tombstone_is_taken_back_where_a_version_came_before(
    served: Served,  # noqa: F811
) -> None:
    served.endpoint(1)
    service, user = served.service, served.user_id
    model = service.versions.get(user, "income", 1).model_id
    service.models.mark_deleted(user, model)
    service.ports.tables.put(rows.key("erasure", "model", user, model), b"")
    served.world.sweep()
    served.world.sweep(after_s=120)
    assert service.models.find(user, model) is not None
    assert left(served) == [rows.key("endpoint", user, "income"), rows.key("version", user, "income", 1)]
