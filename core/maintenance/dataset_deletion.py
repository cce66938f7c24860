"""Deletion of a dataset with its blobs, checks and profiles, so that a crash in between leaves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.datasets.datasets import Datasets, profile_ref
from core.datasets.states import DELETING
from core.datasets.target_checks import TargetChecks
from core.domain.records import Dataset, TaskRef
from core.evaluations.measurements import Measurements
from core.limits.storage_quota import stored_bytes_key
from core.ports import Ports
from core.requests.gatherings import gather_ref
from core.sources.assemblies import Assemblies, assemble_ref
from core.storage import rows


class DatasetDeletion:
    """Deletes datasets. Every step may be done twice."""

    def __init__(
        self, ports: Ports, datasets: Datasets, checks: TargetChecks, measurements: Mapping[str, Measurements[Any]],
        assemblies: Assemblies,
    ) -> None:  # fmt: skip
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.datasets = datasets
        self.checks = checks
        self.assemblies = assemblies
        self.measurements = {each.kind.task: each for each in measurements.values()}

    def mark_deleted(self, user_id: str, id: str) -> None:
        """Set the tombstone; raises NotFound, and Conflict while the dataset is in use."""
        self.datasets.mark_deleted(user_id, id)

    def run(self, user_id: str, id: str) -> None:
        """Delete what belongs to a dataset that has its tombstone, then the dataset."""
        raw = self.tables.get(rows.key("dataset", user_id, id))
        if raw is None:
            return
        dataset = rows.load(Dataset, raw)
        if dataset.state != DELETING:
            return  # The deletion was never begun.
        self._delete_measurements(user_id, id)
        documents = filter(None, (dataset.original, dataset.report, dataset.bad_rows))
        for blob in filter(None, (dataset.blob, *(each["blob"] for each in documents))):
            self.blobs.delete(blob)
        self.checks.delete_rows(user_id, id)
        for revision in range(1, dataset.revision + 1):
            self.datasets.work.delete_rows(profile_ref(replace(dataset, revision=revision)))
        self.datasets.work.delete_rows(gather_ref(dataset))
        self.datasets.work.delete_rows(assemble_ref(dataset))
        self.assemblies.delete_parts(user_id, id)
        self.tables.delete(stored_bytes_key(user_id, id))
        self.tables.delete(rows.key("dataset", user_id, id))

    def _delete_measurements(self, user_id: str, id: str) -> None:
        """Delete what was measured on the dataset: it shows some of its rows."""
        start = rows.prefix("datasetwork", user_id, id)
        for row in rows.scan_all(self.tables, start):
            ref = TaskRef.parse(row.key.removeprefix(start))
            if ref.kind in self.measurements:
                self.measurements[ref.kind].delete_with(user_id, ref.id, row.key)
                self.tables.delete(row.key)
