"""One trace from POST to `succeeded`, through api, queue, worker and back, collected in memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra `traces` is not installed")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import create_app
from backends.factory import create_backends
from core.observability import tracing
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE
from core.service import Service
from core.settings import SettingError, Settings
from nobrains.opentelemetry import OpenTelemetry, start_traces
from tests.integration.worker.bench import table
from tests.waiting import wait_for
from worker.worker import Worker

pytestmark = pytest.mark.integration

SPANS = {"POST /api/v1/jobs", "publish train", "work train", "fetch", "upload", "settle"}
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collected() -> Iterator[InMemorySpanExporter]:
    """Every span that ends."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.set_tracer(OpenTelemetry(provider))
    yield exporter
    tracing.set_tracer(None)


def run_worker(settings: Settings, queue: str) -> tuple[Worker, threading.Thread]:
    worker = Worker(Service(create_backends(settings), settings), queue)
    thread = threading.Thread(target=worker.run)
    thread.start()
    return worker, thread


@pytest.fixture
def world(tmp_path: Path, collected: InMemorySpanExporter) -> Iterator[Any]:
    """A signed-in client of an api, with a worker for each queue."""
    settings = Settings({}, data=str(tmp_path), sweep_s=0.2)
    service = Service(create_backends(settings), settings)
    client = create_app(service, "api").test_client()
    pair = {"username": "ada", "password": "correct horse"}
    client.post("/api/v1/users", json=pair)
    token = client.post("/api/v1/tokens", json=pair).json["token"]  # type: ignore[index]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    running = [run_worker(settings, queue) for queue in (PROFILE_QUEUE, TRAIN_QUEUE)]
    yield client
    for worker, thread in running:
        worker.stop()
        thread.join()
        worker.service.ports.close()
    service.ports.close()


def train(client: Any) -> None:
    made = client.post("/api/v1/datasets", data=table(200), content_type="text/csv").json
    wait_for(lambda: client.get(f"/api/v1/datasets/{made['id']}").json["state"] == "ready")
    body = {"dataset_id": made["id"], "target": "y", "time_budget_s": 2, "models": ["linear"]}
    job = client.post("/api/v1/jobs", json=body, headers={"traceparent": CALLER}).json
    wait_for(lambda: client.get(f"/api/v1/jobs/{job['id']}").json["state"] == "succeeded")


def test_a_training_is_one_trace_from_its_request_to_its_end(world: Any, collected: InMemorySpanExporter) -> None:
    train(world)

    def trace() -> dict[str, ReadableSpan]:
        spans = collected.get_finished_spans()
        wanted = int(CALLER.split("-")[1], 16)
        return {span.name: span for span in spans if span.context and span.context.trace_id == wanted}

    # Spans end in several threads, in any order.
    wait_for(lambda: trace().keys() >= SPANS)
    spans = trace()
    request, work = spans["POST /api/v1/jobs"], spans["work train"]
    assert (request.attributes or {})["nobrains.status"] == 202
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER.split("-")[2]
    assert work.parent is not None
    assert work.parent.span_id == request.context.span_id  # type: ignore[union-attr]
    assert (work.attributes or {})["nobrains.state"] == "succeeded"
    for name in ("fetch", "upload", "settle"):
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == work.context.span_id  # type: ignore[union-attr]
    phases = [(event.attributes or {}).get("phase") for event in work.events]
    assert "reading" in phases


def test_without_the_setting_nothing_of_it_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom core.settings import Settings\nfrom nobrains.opentelemetry import start_traces\n"
        "import nobrains.gunicorn_server, nobrains.worker_process\nstart_traces(Settings({}), 'api')()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_extra_the_setting_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingError, match="NOBRAINS_TRACES needs the extra `traces`"):
        start_traces(Settings({}, traces="http://127.0.0.1:4318"), "api")


def test_a_collector_that_is_away_disturbs_nobody() -> None:
    stop = start_traces(Settings({}, traces="http://127.0.0.1:9"), "api")
    with tracing.span("GET /"):
        assert tracing.traceparent().startswith("00-")
    stop()
    assert not tracing.is_on()
