"""Have a window of an endpoint's requests worked out, in the parent: fetch what it takes, keep what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from core.domain.endpoints import Endpoint
from core.domain.monitoring import Monitor, Window
from core.domain.records import Json, Model
from core.errors import failure
from core.monitoring.monitor_rows import baseline_blob
from core.monitoring.monitor_rows import key as monitor_key
from core.monitoring.monitor_settings import complete
from core.monitoring.monitor_task import window_gone
from core.monitoring.pulses import too_few
from core.monitoring.served_versions import served_versions
from core.monitoring.signals import signals_of, summary_of
from core.monitoring.window_rows import parts_of
from core.monitoring.windows import Worked
from core.requests.segments import Segment
from core.storage import blob_intents
from worker.errors import TaskFailed
from worker.messages.of_kept_requests import MonitorRequest, MonitorResult
from worker.resource_limits import child_threads
from worker.supervisor import TaskSupervisor
from worker.tasks.request_log.files import fetch_requests

MAX_SEGMENTS = 2000
"""Files of requests that are fetched for one window: of more, some all over it."""
MAX_SURPLUS = 10
"""Times as many requests are fetched as are looked into."""
NEEDED = ("features", "importance", "metric", "task", "classes", "target")
"""Of the summary of a model."""


@dataclass(frozen=True)
class Watched:
    """A version that may have answered in the window."""

    number: int
    model: Model
    baseline: Json | None

    @property
    def reference(self) -> Json | None:
        """What it is compared with: {blob}."""
        return self.model.reference or self.baseline


class MonitorHandler:
    """Work out a window of an endpoint's requests."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Write what was found to the window."""
        service, ref = supervisor.service, supervisor.ref
        monitoring = service.monitoring
        endpoint = service.endpoints.find(ref.user_id, parts_of(ref)[0])
        window = monitoring.windows.of(endpoint, ref) if endpoint else None
        if endpoint is None or window is None:
            raise TaskFailed(window_gone())
        monitor = monitoring.pulses.ensure(endpoint)
        at = monitoring.pulses.clock()  # What comes from here on may not be in it.
        versions = _versions(supervisor, endpoint, window, monitor)
        max_rows = max(1, int(service.settings.monitor_rows * supervisor.lease.claimed.task_state.memory_scale))
        start, end = (datetime.fromisoformat(at) for at in (window.start, window.end))
        files = fetch_requests(supervisor, endpoint, start, end, lambda segments: spread(segments, max_rows))
        request = MonitorRequest(
            window.start, window.end, files.segments, files.labels, _described(supervisor, versions),
            complete(monitor.settings), max_rows, child_threads(service.settings),
        )  # fmt: skip
        result = supervisor.run(request, MonitorResult)
        _keep_baselines(supervisor, endpoint, window, versions, result)
        worked = _worked(supervisor, monitor, versions, result, files.share)
        supervisor.retry_until_written(lambda: monitoring.windows.record(endpoint, window, worked, at))
        return {"rows": worked.rows}


def _versions(supervisor: TaskSupervisor, endpoint: Endpoint, window: Window, monitor: Monitor) -> list[Watched]:
    """Return the versions to look at, the champion first. Raises TaskFailed if there is none."""
    service, found = supervisor.service, []
    for number in served_versions(service.endpoints.log, endpoint, window):
        version = service.versions.rows.find(endpoint, number)
        model = version and service.models.find(endpoint.user_id, version.model_id)
        if model:
            baseline = monitor.baselines.get(model.id)
            found.append(Watched(number, model, baseline if baseline and not _is_of(baseline, window) else None))
    if not found:
        detail = "No version that has answered in this window is there any more."
        raise TaskFailed(failure("NO_VERSION", detail, "Promote a version; its requests are looked into."))
    return found


def _is_of(baseline: Json, window: Window) -> bool:
    return (baseline["from"], baseline["to"]) == (window.start, window.end)


def _described(supervisor: TaskSupervisor, versions: Sequence[Watched]) -> list[Json]:
    """Fetch the references, and return what the child is told of each version."""
    described = []
    for version in versions:
        file = None
        if version.reference is not None:
            file = f"reference-{version.number}.parquet"
            supervisor.fetch(version.reference["blob"], file)
        summary = {name: version.model.summary[name] for name in NEEDED if name in version.model.summary}
        described.append({"number": version.number, "summary": summary, "reference": file})
    return described


def spread(segments: Sequence[Segment], max_rows: int) -> list[Segment]:
    """Return the segments, or as many of them all over the window as are worth reading."""
    rows = sum(segment.rows for segment in segments)
    share = min(1.0, MAX_SEGMENTS / max(1, len(segments)), MAX_SURPLUS * max_rows / max(1, rows))
    if share >= 1.0:
        return list(segments)
    count = max(1, int(share * len(segments)))
    return [segments[number * len(segments) // count] for number in range(count)]


def _keep_baselines(
    supervisor: TaskSupervisor, endpoint: Endpoint, window: Window, versions: Sequence[Watched], result: MonitorResult
) -> None:
    """Store the requests that stand in for references, and name them in the monitor: the first window stays it."""
    service = supervisor.service
    for version in versions:
        file = result.baselines.get(str(version.number))
        if file is None:
            continue
        blob = f"{baseline_blob(endpoint, version.model.id)}-{supervisor.lease.epoch}-{window.revision}"
        owner = monitor_key(endpoint.user_id, endpoint.name)
        intent = blob_intents.record(service.ports.tables, blob, owner)
        supervisor.upload(blob, supervisor.folder / file)
        about = {"blob": blob, "from": window.start, "to": window.end}

        def named(monitor: Monitor, id: str = version.model.id, about: Json = about) -> Monitor | None:
            return None if id in monitor.baselines else replace(monitor, baselines={**monitor.baselines, id: about})

        if service.monitoring.monitors.update(endpoint, named) is not None:
            blob_intents.confirm(service.ports.tables, intent)


def _worked(
    supervisor: TaskSupervisor, monitor: Monitor, versions: Sequence[Watched], result: MonitorResult, share: float
) -> Worked:
    """Return what the window says, as it is kept."""
    settings = complete(monitor.settings)
    found: Json = orjson.loads((supervisor.folder / result.file).read_bytes())
    champion = versions[0]
    why = ""
    if result.rows < settings["min_rows"] and share >= 1.0:
        why = too_few(result.rows, settings["min_rows"])
    elif not found:
        why = (
            f"The model of version {champion.number} has no reference: its first full window, which is this one, "
            "stands in for it, and later ones are compared with it."
        )
    elif champion.model.reference is None and champion.baseline is not None:
        first = f"{champion.baseline['from']} to {champion.baseline['to']}"
        why = f"The model has no reference: this is compared with its first full window, {first}."
    signals = signals_of(found, settings)
    return Worked(
        found, round(result.rows / share), result.labelled, result.sampled or share < 1.0, result.versions,
        summary_of(found), signals.signals, signals.findings, why,
    )  # fmt: skip
