"""Datasets made of requests: what an endpoint was asked in some time, with what it answered and what was true.

The dataset is there at once, as that of an upload is whose file is still coming in: a worker makes the file, Parquet,
and from there on it is a dataset like any other, converted and profiled. Jobs may be submitted meanwhile, and wait.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from core.datasets.datasets import Datasets
from core.datasets.states import UPLOADED
from core.domain.endpoints import Endpoint
from core.domain.ids import new_id, now, rfc3339
from core.domain.records import Dataset, Json, TaskRef
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.versions import Versions
from core.limits.quotas import QuotaService
from core.limits.storage_quota import reserve_bytes, stored_bytes_key, update_bytes
from core.ports import BlobInfo, Ports
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from core.tasks.lifecycle import TaskLifecycle
from csvfile.formats import PARQUET

GATHER = "gather"
"""Name of the kind of task that makes the file."""
REQUESTS = "requests"
"""Kind of origin of such datasets."""
FROM_ALWAYS = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class GatherSpec:
    """Which requests make the dataset.

    Attributes:
        name: of the dataset; "" for one made of the endpoint's.
        from_, to: of the first, and of the first that is too late; None: all until now.
        version: number or alias of the version that answered; None: any.
        labelled: whether only those whose truth is known.
        sample: share of them.
    """

    name: str = ""
    from_: datetime | None = None
    to: datetime | None = None
    version: int | str | None = None
    labelled: bool = True
    sample: float = 1.0


class Gatherings:
    """Datasets that are made of requests."""

    def __init__(
        self, ports: Ports, work: TaskLifecycle, datasets: Datasets, quotas: QuotaService,
        endpoints: EndpointRows, versions: Versions,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.work = work
        self.datasets = datasets
        self.quotas = quotas
        self.endpoints = endpoints
        self.versions = versions

    def create(
        self, user_id: str, endpoint_name: str, spec: GatherSpec, key: str | None = None, *,
        dataset_id: str | None = None, about: Json | None = None,
    ) -> Dataset:  # fmt: skip
        """Make the dataset, and have a worker gather its rows.

        The same Idempotency-Key and words return the first dataset again, as does the same `dataset_id`, which one is
        given to have it in advance. `about` stands in its origin.

        Raises NotFound for the endpoint or a version that there is not, Conflict QUOTA_EXCEEDED or
        IDEMPOTENCY_KEY_REUSED.
        """
        endpoint = self.endpoints.get(user_id, endpoint_name)
        number = None if spec.version is None else self.versions.resolve(endpoint, str(spec.version))[0]
        said = rows.digest(rows.dump({name: str(value) for name, value in asdict(spec).items()}))
        id, is_new = dataset_id or "", False
        if not id:
            id, is_new = reserve(self.tables, user_id, f"gathered-{endpoint.id}", key, said, new_id())
        if not is_new and (earlier := self.datasets.find(user_id, id)):
            if is_awaited(earlier):  # It may have crashed before its task was enqueued.
                self.work.enqueue(gather_ref(earlier))
            return earlier
        row = rows.key("dataset", user_id, id)
        counted = stored_bytes_key(user_id, id)
        intent = blob_intents.record(self.tables, f"{user_id}/datasets/{id}", row, counted, kept_by_owner=True)
        reserve_bytes(self.tables, user_id, id, 0, self.quotas.for_user_id(user_id))
        dataset = _new_dataset(id, endpoint, spec, number, about or {})
        self.work.register(gather_ref(dataset))
        if not self.tables.put_if_absent(row, rows.dump(dataset)):
            return self.datasets.get(user_id, id)
        blob_intents.confirm(self.tables, intent)
        self.work.enqueue(gather_ref(dataset))
        return dataset

    def find(self, ref: TaskRef) -> Dataset | None:
        """Return the dataset of a task, None if it was deleted."""
        return self.datasets.find(ref.user_id, ref.id)

    def endpoint_of(self, dataset: Dataset) -> Endpoint | None:
        """Return the endpoint whose requests make the dataset, None if it was deleted."""
        origin = dataset.origin or {}
        endpoint = self.endpoints.find(dataset.user_id, origin["endpoint"])
        return endpoint if endpoint is not None and endpoint.id == origin["endpoint_id"] else None

    def record(self, ref: TaskRef, file: BlobInfo, found: Json, reading: Json) -> Dataset | None:
        """Name the file in the dataset's row, unless another worker was quicker; return the dataset that stands.

        Args:
            ref: the task.
            file: the rows.
            found: what is told of them: fields of the origin.
            reading: {types, column_options} of the columns; what the user has said meanwhile prevails.

        Raises QUOTA_EXCEEDED, and None for a dataset that was deleted.
        """
        if self.find(ref) is None:
            return None
        update_bytes(self.tables, ref.user_id, ref.id, file.size_bytes, self.quotas.for_user_id(ref.user_id))
        about = {"blob": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256, "format": PARQUET}

        def named(dataset: Dataset | None) -> Dataset | None:
            if dataset is None or not is_awaited(dataset):
                return None
            return replace(
                dataset, blob=file.name, size_bytes=file.size_bytes, sha256=file.sha256, original=about,
                types={**reading["types"], **dataset.types},
                column_options={**reading["column_options"], **dataset.column_options},
                origin={**(dataset.origin or {}), **found},
            )  # fmt: skip

        written = rows.update(self.tables, rows.key("dataset", ref.user_id, ref.id), Dataset, named)
        return written or self.find(ref)


def is_awaited(dataset: Dataset) -> bool:
    """Return whether a worker still has to gather the rows."""
    return dataset.state == UPLOADED and dataset.origin is not None and not dataset.blob


def gather_ref(dataset: Dataset) -> TaskRef:
    """Return the reference of the task that gathers the rows of the dataset."""
    return TaskRef(GATHER, dataset.user_id, dataset.id)


def _new_dataset(id: str, endpoint: Endpoint, spec: GatherSpec, version: int | None, about: Json) -> Dataset:
    origin = {
        **about,
        "kind": REQUESTS, "endpoint": endpoint.name, "endpoint_id": endpoint.id, "version": version,
        "from": FROM_ALWAYS if spec.from_ is None else rfc3339(spec.from_),
        "to": rfc3339(datetime.now(UTC) if spec.to is None else spec.to),
        "labelled": spec.labelled, "sample": spec.sample,
    }  # fmt: skip
    name = spec.name or f"{endpoint.name}-{'labelled' if spec.labelled else 'requests'}"
    nothing = {"blob": "", "size_bytes": 0, "sha256": "", "format": PARQUET}
    return Dataset(
        id, endpoint.user_id, name, UPLOADED, "", 0, "", now(),
        options={}, source_format=PARQUET, original=nothing, origin=origin,
    )  # fmt: skip
