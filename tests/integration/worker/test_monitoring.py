"""Windows of requests, worked out by a real worker: planted drift raises an alarm, and what follows ends it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.domain.endpoints import Endpoint
from core.domain.ids import new_id, now, rfc3339
from core.domain.monitoring import Window
from core.domain.prediction_ids import repeatable_ids
from core.domain.records import Json, Model
from core.requests.labels import Label
from core.requests.request_log import NewSegment
from core.storage import rows
from tests.integration.worker.bench import Bench, wait
from tests.unit.automl.monitoring.windows import LABELS, inputs, output, truth, watched

HOUR = timedelta(hours=1)
N = 600


class Served:
    """An endpoint with a model that is known by heart, and requests that it answered."""

    def __init__(self, bench: Bench, folder: Path, *, with_reference: bool = True) -> None:
        self.service, self.user = bench.service, bench.user
        self.noon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 8 * HOUR
        version = watched("binary")
        summary = {**version.summary, "target": "y", "classes": LABELS["binary"]}
        stored: Json | None = None
        if with_reference:
            version.reference.save(folder / "reference.parquet")
            blob = f"{self.user}/models/x-reference"
            info = self.service.ports.blobs.write(blob, [(folder / "reference.parquet").read_bytes()])
            stored = {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}
        model = Model(new_id(), self.user, "job", "data", now(), f"{self.user}/models/x", 1, "", summary, True,
                      reference=stored)  # fmt: skip
        self.service.ports.tables.put(rows.key("model", self.user, model.id), rows.dump(model))
        self.service.endpoints.create(self.user, "income", "user/ada", model_id=model.id)
        self.service.monitoring.put(self.user, "income", {"window": "1h", "every": "1h"})

    @property
    def endpoint(self) -> Endpoint:
        return self.service.endpoints.get(self.user, "income")

    def answer(self, hour: int, seed: int, shift: float = 0.0) -> list[str]:
        """Have requests of that hour, some shifted; their ids."""
        at = self.noon + hour * HOUR + timedelta(minutes=10)
        table = inputs(N, seed, shift)
        said = output("binary", table)
        ids = repeatable_ids(str(hour), int(at.timestamp() * 1000), N)
        lines = [
            {"id": id, "at": rfc3339(at), "v": 1, "alias": "champion", "key": None, "x": row,
             "y": LABELS["binary"][int(p[1] > p[0])], "p": list(p), "ms": 1.0, "rt": "engine"}
            for id, row, p in zip(ids, table.to_dict("records"), said.tolist(), strict=True)
        ]  # fmt: skip
        data = gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        day_ms = int(at.replace(hour=0, minute=0).timestamp() * 1000)
        segment = NewSegment(self.endpoint, day_ms, data, N, min(ids), max(ids), str(hour))
        assert self.service.requests.write(segment)
        return ids

    def work_out(self, hour: int) -> tuple[Window, Json]:
        """Have the window of that hour worked out, as the schedule does; all that was found."""
        monitoring, start = self.service.monitoring, self.noon + hour * HOUR
        monitoring.windows.request(self.endpoint, start, start + HOUR, "schedule", urgent=True)
        return self.result(hour)

    def result(self, hour: int, times: int = 1) -> tuple[Window, Json]:
        monitoring, start = self.service.monitoring, self.noon + hour * HOUR

        def find() -> Any:
            return monitoring.windows.rows.find(self.endpoint, start, start + HOUR)

        window: Any = wait(find, lambda found: found.state != "queued" and found.times >= times)
        assert window.state == "ready", window.error
        wait(lambda: self.service.ports.tables.scan("active#monitor"), lambda found: not found)
        return window, monitoring.windows.rows.detail(self.endpoint, window)

    @property
    def alarms(self) -> list[str]:
        return sorted(self.service.monitoring.get(self.user, "income").alarms)

    @property
    def events(self) -> list[tuple[str, str]]:
        found = [rows.load_json(row.value) for row in self.service.ports.tables.scan(f"notification#{self.user}#")]
        return [(each["type"], each["data"]["kind"]) for each in found if each["type"].startswith("monitor.")]


@pytest.mark.integration
def test_planted_drift_raises_an_alarm_and_requests_like_those_of_training_end_it(bench: Bench, tmp_path: Path) -> None:
    served = Served(bench, tmp_path)
    served.answer(0, 1)
    quiet, found = served.work_out(0)
    assert (quiet.rows, quiet.versions, quiet.why, quiet.complete) == (N, {"1": N}, "", True)
    assert not found["inputs"]["drifted"]
    assert served.alarms == []
    assert found["performance"]["estimated"]["method"] == "CBPE"
    served.answer(1, 2, shift=1.0)
    window, found = served.work_out(1)
    assert [column["name"] for column in found["columns"] if column["drifted"]] == ["x"]
    assert window.signals["drift"]
    assert "drift" in served.alarms
    served.answer(2, 3)
    served.work_out(2)
    assert served.alarms == []
    assert ("monitor.alarm", "drift") in served.events
    assert ("monitor.recovered", "drift") in served.events
    figures = served.service.monitoring.get(served.user, "income").figures
    assert figures is not None
    assert figures["drift_share"] == 0.0


@pytest.mark.integration
def test_labels_that_come_later_make_the_performance_real(bench: Bench, tmp_path: Path) -> None:
    served = Served(bench, tmp_path)
    ids = served.answer(0, 1)
    window, found = served.work_out(0)
    assert (window.labelled, found["performance"]["realised"]) == (0, None)
    labels = truth("binary", inputs(N, 1), 5)
    said = [Label(id, None, label, now()) for id, label in zip(ids, labels, strict=True)]
    served.service.labels.write(served.endpoint, said)
    again = served.service.monitoring.request_window(served.user, "income", served.noon, served.noon + HOUR)
    assert again.occasion == "request"
    window, found = served.result(0, times=2)
    assert (window.labelled, window.times) == (N, 2)
    realised = found["performance"]["realised"]
    assert realised["low"] < realised["value"] < realised["high"]
    assert window.signals["realised"] is False


@pytest.mark.integration
def test_a_model_without_a_reference_is_compared_with_its_first_full_window(bench: Bench, tmp_path: Path) -> None:
    served = Served(bench, tmp_path, with_reference=False)
    served.answer(0, 1)
    first, found = served.work_out(0)
    assert found == {}
    assert "stands in for it" in first.why
    served.answer(1, 2)
    second, found = served.work_out(1)
    assert "compared with its first full window" in second.why
    assert not found["inputs"]["drifted"]
    served.answer(2, 3, shift=1.0)
    third, _ = served.work_out(2)
    assert third.signals["drift"]
