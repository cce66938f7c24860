"""An outage is told when it begins, once a minute while it lasts, and when it is over."""

from __future__ import annotations

from structlog.testing import capture_logs

from core.observability.outage_log import REPEAT_S, OutageLog


def test_an_outage_is_told_once_a_minute_and_when_it_is_over() -> None:
    at_s = 100.0
    outage = OutageLog("fetcher", lambda: at_s)
    with capture_logs() as lines:
        outage.available()
        for _ in range(250):  # As four loops each second do.
            outage.unavailable("connection refused")
            at_s += 0.5
        outage.available()
        outage.available()
        outage.unavailable("again")
    assert [(line["event"], line.get("for_s"), line.get("after_s")) for line in lines] == [
        ("fetcher.unavailable", 0, None), ("fetcher.unavailable", round(REPEAT_S), None),
        ("fetcher.unavailable", round(2 * REPEAT_S), None), ("fetcher.available", None, 125),
        ("fetcher.unavailable", 0, None),
    ]  # fmt: skip
    assert lines[0]["error"] == "connection refused"
    assert [line["log_level"] for line in lines[2:4]] == ["warning", "info"]
