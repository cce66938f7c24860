"""The truth of requests on a page: as the plain rule has it, and honest where that cannot be found out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import PredictionIds, predicted_at
from core.endpoints.announcements import Announcements
from core.endpoints.endpoint_rows import EndpointRows, key
from core.errors import Conflict
from core.notifications.notifications import Notifications
from core.ports import JobQueue, Ports
from core.requests import label_lookup
from core.requests.label_lookup import LabelLookup
from core.requests.labels import Label, Labels
from core.settings import Settings
from core.storage import rows
from tests.simulation.memory import MemoryBlobs, MemoryTables

NOON_MS = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
ENDPOINT = Endpoint("income", "ada", predicted_at("06h2fum49u9100g00000"), id="e1")
Line = dict[str, Any]


def asked(*requests: tuple[int, str | None]) -> list[Line]:
    """Lines of requests, each so many milliseconds after noon, with its key; the oldest first."""
    now_ms = [0]
    ids = PredictionIds(lambda: now_ms[0])
    lines = []
    for ms, name in sorted(requests, key=lambda each: each[0]):
        now_ms[0] = NOON_MS + ms
        [id] = ids.make(1)
        lines.append({"id": id, "at": predicted_at(id), "key": name})
    return lines


def kept(*files: list[Label]) -> Labels:
    ports = Ports(MemoryTables(), MemoryBlobs(), cast(JobQueue, None))
    ports.tables.put(key("ada", "income"), rows.dump(ENDPOINT))
    announcements = Announcements(ports.tables, Notifications(ports.tables, Settings({})))
    labels = Labels(ports, EndpointRows(ports.tables, announcements))
    for file in files:
        assert labels.write(ENDPOINT, file)
    return labels


def lookup(labels: Labels, log: list[Line]) -> LabelLookup:
    def read_log(endpoint: Endpoint, low: str, high: str) -> Iterator[tuple[str, bytes]]:
        return ((line["id"], orjson.dumps(line)) for line in reversed(log) if low <= line["id"] < high)

    return LabelLookup(labels, read_log)


def at(ms: int) -> str:
    return datetime.fromtimestamp((NOON_MS + ms) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def truth(log: list[Line], said: list[Label]) -> dict[str, Any]:
    """What is true of each request, said as plainly as the rule is."""
    found: dict[str, Any] = {}
    for line in log:
        newest = None
        for each in said:  # in the order in which they came
            of_key = [one for one in log if one["key"] == each.key and one["at"] <= each.at]
            named = each.prediction_id or (max(of_key, key=lambda one: one["id"])["id"] if of_key else None)
            if named == line["id"] and (newest is None or each.at >= newest.at):
                newest = each
        if newest is not None and newest.value is not None:
            found[line["id"]] = newest.value
    return found


moments = st.integers(0, 6)
logs = st.lists(st.tuples(moments, st.sampled_from([None, "a", "b"])), min_size=1, max_size=10)
sayings = st.lists(
    st.tuples(moments, st.sampled_from(["yes", "no", None]), st.one_of(st.integers(0, 9), st.sampled_from("abc"))),
    min_size=1,
    max_size=10,
)


@settings(deadline=None)
@given(logs, sayings, st.integers(1, 10), st.integers(0, 10), st.integers(1, 10))
def test_a_page_has_the_labels_that_the_whole_log_gives_its_lines(
    requests: list[tuple[int, str | None]], said: list[tuple[int, str | None, int | str]], cut: int, first: int, n: int
) -> None:
    log = asked(*requests)
    labels = [
        Label(log[name % len(log)]["id"], None, value, at(ms))
        if isinstance(name, int)
        else Label(None, name, value, at(ms))
        for ms, value, name in said
    ]
    files = [part for part in (labels[:cut], labels[cut:]) if part]
    page = log[::-1][first : first + n]
    found = lookup(kept(*files), log).find(ENDPOINT, page)
    expected = truth(log, labels)
    assert {id: each["label"] for id, each in found.items()} == {
        line["id"]: expected[line["id"]] for line in page if line["id"] in expected
    }


def test_a_key_that_may_stand_for_one_of_too_many_later_requests_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_lookup, "MAX_LATER", 3)
    log = asked((0, "ada"), *((ms, "bob") for ms in range(1, 6)))
    found = lookup(kept([Label(None, "ada", "yes", at(9))]), log).find(ENDPOINT, log[:1])
    assert found == {log[0]["id"]: {"label_unresolved": True}}


def test_more_labels_than_can_be_looked_through_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_lookup, "MAX_LABELS", 1)
    log = asked((0, "ada"))
    with pytest.raises(Conflict, match="TOO_MANY_LABELS"):
        lookup(kept([Label(None, "ada", "yes", at(1)), Label(None, "bob", "yes", at(1))]), log).find(ENDPOINT, log)
