"""Gather requests of an endpoint for a dataset, in the parent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.datasets.states import dataset_deleted
from core.domain.endpoints import CHAMPION, Endpoint
from core.domain.ids import rfc3339
from core.domain.records import Dataset, Json
from core.errors import RequestError, failure
from core.requests.gather_task import endpoint_deleted
from core.storage import blob_intents, rows
from worker.errors import TaskFailed
from worker.messages.of_kept_requests import GatherRequest, GatherResult
from worker.resource_limits import child_threads
from worker.supervisor import TaskSupervisor
from worker.tasks.request_log.files import fetch_requests

LOG_DELAY = timedelta(seconds=7)
"""After which predictors have written what they have answered."""
READING = ("decimal_sign", "date_order", "unit")
UNUSED = "id"
"""The type of columns that no model learns from."""


@dataclass(frozen=True)
class Gathered:
    """A table of requests in the folder, and {types, column_options} of its columns."""

    result: GatherResult
    reading: Json


class GatherHandler:
    """Gather requests. The file becomes the dataset's, as if it had been uploaded."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Write the file and name it in the dataset's row."""
        service, ref = supervisor.service, supervisor.ref
        dataset = service.gatherings.find(ref)
        if dataset is None or dataset.origin is None:
            raise TaskFailed(dataset_deleted())
        endpoint = service.gatherings.endpoint_of(dataset)
        if endpoint is None:
            raise TaskFailed(endpoint_deleted())
        if dataset.blob:
            return {}  # An earlier worker got that far.
        gathered = gather_rows(supervisor, endpoint, dataset.origin)
        self._store(supervisor, dataset, gathered)
        return {}

    def _store(self, supervisor: TaskSupervisor, dataset: Dataset, gathered: Gathered) -> None:
        service, ref = supervisor.service, supervisor.ref
        blob = f"{ref.user_id}/gathered/{dataset.id}-{supervisor.lease.epoch}"
        owner = rows.key("dataset", ref.user_id, dataset.id)
        intent = blob_intents.record(service.ports.tables, blob, owner)
        info = supervisor.upload(blob, supervisor.folder / gathered.result.file)
        result = gathered.result
        found = {"rows": result.rows, "labelled_rows": result.labelled, "columns": result.own}
        try:
            written = service.gatherings.record(ref, info, found, gathered.reading)
        except RequestError as exc:
            raise TaskFailed(failure(exc.reason, exc.detail)) from exc
        if written is not None and written.blob == blob:
            blob_intents.confirm(service.ports.tables, intent)


def gather_rows(supervisor: TaskSupervisor, endpoint: Endpoint, said: Json) -> Gathered:
    """Write the requests of an endpoint into the folder: {from, to, version?, labelled?, sample?} as an origin has it.

    Raises TaskFailed where there are none.
    """
    start, end = (datetime.fromisoformat(said[name]) for name in ("from", "to"))
    _await_log(supervisor, endpoint, end)
    keys_until = _complete_until(endpoint, end)
    files = fetch_requests(supervisor, endpoint, start, end)
    features, target, numbers = _read_columns(supervisor, endpoint)
    inputs = [{"name": name, "decimal_sign": each.get("decimal_sign", ".")} for name, each in features.items()]
    wanted = {
        "start": said["from"], "end": said["to"], "inputs": inputs, "numbers": numbers,
        "version": said.get("version"), "labelled": said.get("labelled", True), "sample": said.get("sample", 1.0),
        "keys_until": rfc3339(keys_until),
    }  # fmt: skip
    settings = supervisor.service.settings
    request = GatherRequest(files.segments, files.labels, wanted, target, settings.max_rows, child_threads(settings))
    result = supervisor.run(request, GatherResult)
    return Gathered(result, _reading(result, features))


def _await_log(supervisor: TaskSupervisor, endpoint: Endpoint, end: datetime) -> None:
    """Wait until what was answered before the end has been written."""
    if endpoint.log.get("durable"):
        return
    while datetime.now(UTC) < end + LOG_DELAY and end <= datetime.now(UTC):
        supervisor.raise_if_interrupted()
        time.sleep(0.25)


def _complete_until(endpoint: Endpoint, end: datetime) -> datetime:
    """Return a time until which the log is complete, after `_await_log`."""
    now = datetime.now(UTC)
    until = now if endpoint.log.get("durable") else now - LOG_DELAY
    return max(until, end) if end <= now else until


def _read_columns(supervisor: TaskSupervisor, endpoint: Endpoint) -> tuple[dict[str, Json], str, bool]:
    """Return the columns that versions read, as the champion (or newest) reads them; the target; if it is a number."""
    service = supervisor.service
    newest = {each.version: each for each in service.versions.page(endpoint.user_id, endpoint.name, 100).items}
    aliased = {n: service.versions.of(endpoint, n) for n in endpoint.aliases.values() if n not in newest}
    champion = endpoint.aliases.get(CHAMPION)
    ordered = sorted({**newest, **aliased}.values(), key=lambda each: (each.version != champion, -each.version))
    features: dict[str, Json] = {}
    for version in ordered:
        model = service.models.find(endpoint.user_id, version.model_id)
        described = model.summary.get("features", ()) if model else version.signature.get("features", ())
        for feature in described:
            features.setdefault(feature["name"], feature)
    signature = ordered[0].signature if ordered else {}
    return features, signature.get("target") or "label", signature.get("task") == "regression"


def _reading(result: GatherResult, features: dict[str, Json]) -> Json:
    """Return {types, column_options}: columns are read as the model reads them; what it said is nothing to learn from.

    How numbers and dates are written matters for text alone: all else the table tells itself.
    """
    types = {name: features[name]["type"] for name in result.columns if features[name].get("type")}
    options = {}
    for name in result.text:
        said = {word: features[name][word] for word in READING if features[name].get(word)}
        if said:
            options[name] = said
    return {
        "types": {**types, result.own["prediction"]: UNUSED, result.own["prediction_id"]: UNUSED},
        "column_options": options,
    }
