"""Write the features of a source's dataset, in the parent: read its rows from the child, put them into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from core.domain.features import MAX_KEYS, MAX_ROW_BYTES, MAX_SET_BYTES, Generation
from core.domain.ids import now
from core.domain.records import Dataset, Json
from core.features.features_task import source_deleted
from core.features.keys import DIGEST
from worker.errors import TaskFailed
from worker.messages.of_features import FeaturesRequest, FeaturesResult
from worker.supervisor import TaskSupervisor
from worker.tasks.conversion import fetch_csv
from worker.tasks.datasets import existing_dataset

ROWS_AT_ONCE = 500


class FeaturesHandler:
    """Write features. The rows of before go on answering until all of these are there."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Write the rows, and have them answer."""
        service, ref = supervisor.service, supervisor.ref
        said = service.features.request_of(ref)
        source = said and service.features.sources.find(ref.user_id, said["source_id"])
        if not said or not source:
            raise TaskFailed(source_deleted())
        dataset = existing_dataset(service.datasets.find(ref.user_id, said["dataset_id"]))
        fetch_csv(supervisor, dataset)
        request = FeaturesRequest(
            dataset.dialect, list(source.key), _numbers(dataset), MAX_KEYS, MAX_ROW_BYTES, MAX_SET_BYTES
        )
        result = supervisor.run(request, FeaturesResult)
        rows = service.features.rows
        id = supervisor.retry_until_written(
            lambda: rows.begin(ref.user_id, source.id, dataset.id, said["fetch"], source.key)
        )
        if id is None:  # They are there, or newer ones.
            return {}
        for batch in batches_of(supervisor.folder / result.file):
            supervisor.raise_if_interrupted()
            supervisor.retry_until_written(partial(rows.put_many, ref.user_id, source.id, id, batch))
        made = Generation(
            id, dataset.id, said["fetch"], list(source.key), result.numeric, result.columns, result.rows, now()
        )
        answers = supervisor.retry_until_written(lambda: rows.finish(ref.user_id, source.id, made))
        return {"rows": result.rows if answers else 0}


def _numbers(dataset: Dataset) -> dict[str, str]:
    """Return the decimal sign of the columns whose cells are plain numbers, by what the profile says."""
    columns = dataset.profile["columns"] if dataset.profile else ()
    readings = {column["name"]: column.get("reading") or {} for column in columns if column.get("type") == "number"}
    return {name: reading.get("decimal_sign") or "." for name, reading in readings.items() if not reading.get("unit")}


def batches_of(path: Path) -> Iterator[dict[str, bytes]]:
    """Yield rows that the child has written, by the digests of their keys."""
    with open(path, "rb") as file:
        while lines := list(islice(file, ROWS_AT_ONCE)):
            batch = {}
            for line in lines:
                digest, _, value = line.rstrip(b"\n").partition(b"\t")
                assert DIGEST.fullmatch(digest.decode())
                batch[digest.decode()] = value
            yield batch
