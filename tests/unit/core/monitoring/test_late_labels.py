"""Labels that come late: which windows are worked out again for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.domain.ids import rfc3339
from core.domain.prediction_ids import PredictionIds, least_id
from core.requests.labels import Label
from tests.unit.core.monitoring.conftest import START, Watched

BEGIN, END = START - timedelta(hours=3), START - timedelta(hours=1)


def request(watched: Watched) -> None:
    watched.monitoring.request_window(watched.user_id, "income", BEGIN, END)


def label(watched: Watched, at: datetime, **more: str | None) -> None:
    """Have a label come for a prediction of that moment."""
    id = least_id(int(at.timestamp() * 1000)) if "key" not in more else None
    said = Label(id, more.get("key"), "yes", rfc3339(watched.now))
    assert watched.service.labels.write(watched.own, [said])


def test_labels_that_come_late_have_the_windows_of_their_predictions_worked_out_again(watched: Watched) -> None:
    watched.set(window="1h", every="30m")
    for quarter in range(16):
        watched.answer(START + quarter * timedelta(minutes=15), 300)
        watched.pass_time(minutes=15)
    watched.work(drift=False)
    label(watched, START + timedelta(minutes=40))
    watched.pass_time(hours=2)
    again = [window for window in watched.windows if window.occasion == "labels"]
    assert [(window.start[11:16], window.end[11:16]) for window in again] == [("11:00", "12:00")]
    watched.work(drift=False)
    assert [window.times for window in watched.windows if window.occasion == "labels"] == [2]
    watched.pass_time(hours=3)
    assert watched.work() == []


def test_labels_by_key_have_the_newest_windows_worked_out_again(watched: Watched) -> None:
    watched.set(window="1h", every="1h")
    for hour in range(12):
        watched.answer(START + timedelta(hours=hour), 300)
        watched.pass_time(hours=1)
    watched.work(drift=False)
    watched.service.labels.ids = PredictionIds(lambda: int(watched.now.timestamp() * 1000))
    label(watched, START, key="table 7")
    watched.pass_time(hours=1)
    again = [window for window in watched.windows if window.occasion == "labels"]
    assert len(again) == 7
    assert max(window.end for window in again) <= rfc3339(watched.now)


def test_a_window_is_worked_out_again_when_asked_for_if_labels_have_come(watched: Watched) -> None:
    request(watched)
    watched.work()
    label(watched, BEGIN)
    request(watched)
    assert len(watched.work()) == 1
    request(watched)
    assert watched.work() == []
