"""Settings of a monitor: defaults, and what is refused with which words."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Invalid, NotFound, PreconditionFailed
from core.monitoring.monitor_settings import check_settings, complete
from tests.unit.core.monitoring.conftest import Watched

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"window": "yesterday"}, "window", "length of time"),
    ({"window": "5h"}, "window", "divide a day"),
    ({"every": "*/2 * * * *"}, "every", "2 minutes apart: at least 5"),
    ({"every": "0 3 * * MOO"}, "every", "'MOO' is no day of week"),
    ({"window": "7d", "every": "*/10 * * * *"}, "every", "at most 300 times within the window"),
    ({"timezone": "europe/berlin"}, "timezone", "Europe/Berlin"),
    ({"window": "1d", "every": "7d"}, "every", "divides the window"),
    ({"window": "12h", "every": "8h"}, "every", "divides the window"),
    ({"window": "92d", "every": "1h"}, "every", "at most 300 times within the window, not 2,208"),
    ({"timezone": "Mars/Olympus"}, "timezone", "Europe/Berlin"),
    ({"timezone": "../../etc/passwd"}, "timezone", "no time zone"),
    ({"performance": {"metric": "beauty"}}, "performance.metric", "auto (the model's own), or auc"),
    ({"traffic": {"silent_for": "soon"}}, "traffic.silent_for", "length of time"),
    ({"retrain": "nightly"}, "retrain", "no pipelines yet"),
]


@pytest.mark.parametrize(("settings", "field", "words"), REFUSED, ids=str)
def test_a_setting_at_fault_is_named_with_what_is_wrong(settings: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Invalid) as error:
        check_settings(settings)
    assert error.value.reason == "BAD_MONITOR"
    [entry] = error.value.errors
    assert entry["field"] == field
    assert words in entry["detail"]


@pytest.mark.parametrize("every", ["0 3 * * MON", " @hourly ", "*/5 * * * *", "30 9-17 * * 1-5"])
def test_windows_may_end_by_a_cron_expression(every: str) -> None:
    check_settings({"every": every, "timezone": "Europe/Berlin"})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as error:
        check_settings({"window": "x", "every": "y", "timezone": "z"})
    assert [entry["field"] for entry in error.value.errors] == ["timezone", "window", "every"]


def test_what_is_left_out_is_as_by_default() -> None:
    settings = complete({"drift": {"share": 0.5}, "window": "6h"})
    assert settings["drift"] == {**complete({})["drift"], "share": 0.5}
    assert (settings["window"], settings["every"], settings["min_rows"]) == ("6h", "1h", 200)
    assert complete({})["drift"]["share"] == 0.3


def test_settings_are_replaced_as_a_whole_and_by_whoever_saw_the_newest(watched: Watched) -> None:
    watched.set(window="6h", min_rows=50)
    watched.set(min_rows=60)
    monitor = watched.monitoring.get(watched.user_id, "income")
    assert (monitor.settings, monitor.revision) == ({"min_rows": 60}, 3)
    with pytest.raises(PreconditionFailed):
        watched.monitoring.put(watched.user_id, "income", {}, 2)
    with pytest.raises(Invalid):
        watched.set(window="x")
    assert watched.monitor.settings == {"min_rows": 60}
    with pytest.raises(NotFound):
        watched.monitoring.put("somebody", "income", {})
