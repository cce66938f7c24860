"""Have a dataset put together of its parts, in the parent."""

from __future__ import annotations

from dataclasses import asdict

from core.datasets.states import dataset_deleted
from core.domain.records import Dataset, Json
from core.errors import RequestError, failure
from core.requests.gather_task import endpoint_deleted
from core.sources.assemblies import AssembledTable, Assembly
from core.storage import blob_intents, rows
from worker.errors import TaskFailed
from worker.messages.of_assemblies import AssembleRequest, AssembleResult
from worker.resource_limits import child_threads
from worker.supervisor import TaskSupervisor
from worker.tasks.datasets import existing_dataset
from worker.tasks.request_log.gathering import gather_rows

LABELS = "category"
"""The type of columns that hold numbers in one part and words in another."""


class AssembleHandler:
    """Put a dataset together. The file becomes the dataset's, as if it had been uploaded."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Write the file and name it in the dataset's row."""
        service, ref = supervisor.service, supervisor.ref
        assemblies = service.assemblies
        dataset, assembly = assemblies.dataset_of(ref), assemblies.find(ref)
        if dataset is None or (assembly is None and not dataset.blob):
            raise TaskFailed(dataset_deleted())
        if dataset.blob or assembly is None:
            return {}  # An earlier worker got that far.
        reading: Json = {"types": {}, "column_options": {}}
        parts = [
            said for number, part in enumerate(assembly.parts)
            for said in _fetch(supervisor, assembly, number, part, reading)
        ]  # fmt: skip
        settings = service.settings
        request = AssembleRequest(
            parts, assembly.key_columns, settings.max_upload_bytes, settings.max_rows, settings.max_columns,
            child_threads(settings),
        )  # fmt: skip
        result = supervisor.run(request, AssembleResult)
        self._store(supervisor, dataset, result, reading)
        return {"rows": result.rows, "replaced": result.replaced}

    def _store(self, supervisor: TaskSupervisor, dataset: Dataset, result: AssembleResult, reading: Json) -> None:
        service, ref = supervisor.service, supervisor.ref
        blob = f"{ref.user_id}/assembled/{dataset.id}-{supervisor.lease.epoch}"
        owner = rows.key("dataset", ref.user_id, dataset.id)
        intent = blob_intents.record(service.ports.tables, blob, owner)
        info = supervisor.upload(blob, supervisor.folder / result.file)
        found = {"table_rows": result.rows, "part_rows": result.part_rows, "replaced_rows": result.replaced}
        table = AssembledTable(result.header, result.digit_text, result.warnings, found)
        mixed = dict.fromkeys(result.mixed, LABELS)
        there = set(result.header)
        read = {
            "types": {name: type for name, type in {**mixed, **reading["types"]}.items() if name in there},
            "column_options": {name: each for name, each in reading["column_options"].items() if name in there},
        }
        try:
            written = service.assemblies.record(ref, info, table, read)
        except RequestError as exc:
            raise TaskFailed(failure(exc.reason, exc.detail)) from exc
        if written is not None and written.blob == blob:
            blob_intents.confirm(service.ports.tables, intent)


def _fetch(supervisor: TaskSupervisor, assembly: Assembly, number: int, part: Json, reading: Json) -> list[Json]:
    """Copy a part into the folder, and say what it is; what is told of its columns goes into `reading`."""
    file, name = f"part-{number:05d}", f"Part {number + 1}"
    if "dataset_id" in part:
        dataset = existing_dataset(supervisor.service.datasets.find(assembly.user_id, part["dataset_id"]))
        if not dataset.is_converted:
            detail = f"The dataset {dataset.id} is being converted anew."
            raise TaskFailed(failure("NOT_CONVERTED", detail, "Ask again once it is ready."))
        supervisor.fetch(dataset.blob, file)
        reading["types"].update(dataset.types)
        reading["column_options"].update(dataset.column_options)
        return [{
            "file": file, "name": name, "dialect": asdict(dataset.dialect), "header": dataset.columns,
            "digit_text": dataset.digit_text,
        }]  # fmt: skip
    if "requests" in part:
        wanted = part["requests"]
        endpoint = supervisor.service.endpoints.find(assembly.user_id, wanted["endpoint"])
        if endpoint is None or wanted.get("endpoint_id") not in (None, endpoint.id):
            raise TaskFailed(endpoint_deleted())
        gathered = gather_rows(supervisor, endpoint, wanted)
        (supervisor.folder / gathered.result.file).rename(supervisor.folder / file)
        _merge(reading, gathered.reading)
        return [{"file": file, "name": name}]
    if "segments" in part:
        found = []
        for place, blob in enumerate(part["segments"]):
            supervisor.fetch(blob, f"{file}-{place:05d}")
            found.append({"file": f"{file}-{place:05d}", "name": name})
        return found
    supervisor.fetch(part["blob"], file)
    _merge(reading, part)
    return [{"file": file, "name": name, "sheet": part.get("sheet")}]


def _merge(reading: Json, said: Json) -> None:
    """Add what a part tells of its columns; what was said before prevails."""
    for about in ("types", "column_options"):
        reading[about] = {**said.get(about, {}), **reading[about]}
