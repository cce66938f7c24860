"""What a schedule means, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

Headers = dict[str, str]
ROOT = "/api/v1/pipelines/preview"


def test_a_schedule_is_said_in_words_and_with_its_next_times(client: FlaskClient, ada: Headers) -> None:
    answer = client.post(ROOT, headers=ada, json={"cron": " 0  3 * * MON", "timezone": "Europe/Rome"})
    assert answer.status_code == 200
    assert answer.json["words"] == "at 03:00 on Monday"
    assert (answer.json["cron"], answer.json["timezone"]) == ("0 3 * * MON", "Europe/Rome")
    times = [datetime.fromisoformat(at) for at in answer.json["times"]]
    assert len(times) == 5
    assert all(at.endswith("Z") for at in answer.json["times"])
    assert times[0] > datetime.now(UTC) > times[0] - timedelta(days=8)
    local = [datetime.fromisoformat(at) for at in answer.json["local_times"]]
    assert local == times
    assert {(at.weekday(), at.hour) for at in local} == {(0, 3)}
    assert client.post(ROOT, headers=ada, json={"cron": "@daily"}).json["timezone"] == "UTC"


def test_what_is_no_schedule_is_refused_with_each_field(client: FlaskClient, ada: Headers) -> None:
    answer = client.post(ROOT, headers=ada, json={"cron": "61 * * * *", "timezone": "Rome"})
    assert (answer.status_code, answer.json["reason"]) == (422, "SCHEDULE_INVALID")
    assert [error["field"] for error in answer.json["errors"]] == ["timezone", "cron"]
    assert "Europe/Rome" in answer.json["errors"][0]["detail"]
    assert "0 to 59" in answer.json["errors"][1]["detail"]
    assert client.post(ROOT, headers=ada, json={}).status_code == 422
    assert client.post(ROOT, json={"cron": "@daily"}).status_code == 401
