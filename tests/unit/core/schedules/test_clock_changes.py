"""Schedules on days on which clocks are changed: twenty zones, both changes, beside what Debian's own cron does."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from core.schedules.cron import Cron
from tests.unit.core.schedules.debian_cron import AFTER, BEFORE, EXPRESSIONS, TABLE, ZONES, build_shim, changes, runs_of

CHANGES: list[dict[str, Any]] = json.loads(TABLE.read_text())
CRON = os.environ.get("DEBIAN_CRON") or shutil.which("cron", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def runs(expression: str, zone: str, change: datetime) -> list[int]:
    """Return when the expression comes around a change, in minutes after it."""
    times = Cron.parse(expression, zone).times(change - BEFORE - timedelta(minutes=1))
    until = change + AFTER
    return [int((at - change).total_seconds()) // 60 for at in takewhile(lambda at: at <= until, times)]


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: f"{case['zone']} {case['change'][:10]}")
def test_schedules_come_when_debians_cron_runs_them(case: dict[str, Any]) -> None:
    change = datetime.fromisoformat(case["change"])
    assert {each: runs(each, case["zone"], change) for each in EXPRESSIONS} == case["runs"]


def test_the_table_has_both_changes_of_twenty_zones() -> None:
    assert len(ZONES) == 20
    assert [(each["zone"], each["change"]) for each in CHANGES] == [
        (zone, change.isoformat()) for zone in ZONES for change in changes(zone)
    ]
    assert len(CHANGES) == 40


@pytest.mark.long
@pytest.mark.skipif(not CRON or not shutil.which("cc"), reason="needs Debian's cron (or DEBIAN_CRON) and a C compiler")
def test_debians_cron_does_what_the_table_says(tmp_path: Path) -> None:
    shim = build_shim(tmp_path)
    for case in CHANGES:
        change = datetime.fromisoformat(case["change"])
        assert runs_of(Path(str(CRON)), shim, case["zone"], change) == case["runs"], case["zone"]
