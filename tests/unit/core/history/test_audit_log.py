"""The audit log: appended to, paged, never changed."""

from __future__ import annotations

import pytest

from core.history.audit_log import AuditLog
from core.service import Service
from tests.unit.core.conftest import World


def test_lines_come_newest_first_and_page_by_page(service: Service) -> None:
    for number in range(5):
        service.audit.record(f"user-{number % 2}", "POST /jobs", f"/jobs/{number}", 202, "10.0.0.1", "request")
    first = service.audit.page(2)
    assert first.next is not None
    assert [line.subject for line in first.items] != []
    seen = [line.subject for line in (*first.items, *service.audit.page(10, first.next).items)]
    assert sorted(seen) == [f"/jobs/{number}" for number in range(5)]
    of_one = service.audit.page(1, actor="user-1")
    assert [line.actor for line in of_one.items] == ["user-1"]
    assert [line.actor for line in service.audit.page(10, of_one.next, "user-1").items] == ["user-1"]


def test_a_line_replaces_no_other(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["b", "b", "b", "a"])
    monkeypatch.setattr("core.history.audit_log.new_id", lambda: next(ids))
    service.audit.record("ada", "POST /keys", "/keys", 201)
    service.audit.record("ada", "DELETE /jobs", "/jobs/1", 204)
    assert [line.action for line in service.audit.page(10).items] == ["DELETE /jobs", "POST /keys"]


def test_the_log_can_only_grow() -> None:
    assert {name for name in vars(AuditLog) if not name.startswith("_")} == {"record", "page"}


def test_lines_outlive_their_account_by_id_and_without_its_name(world: World) -> None:
    service = world.service
    service.audit.record(world.user.id, "POST /tokens", "/tokens", 201)
    service.eraser.account(world.user.id)
    rows = [row for row in service.ports.tables.scan("audit#") if world.user.id.encode() in row.value]
    assert len(rows) == 1
    assert b"ada" not in rows[0].value
