"""Have uploads of other formats made into CSVs, in the parent; and read no other file as a CSV."""

from __future__ import annotations

from core.datasets.conversions import ConvertedTable
from core.domain.records import Dataset
from core.errors import RequestError, failure
from core.storage import blob_intents, rows
from csvfile.dialect import Dialect, options_in
from worker.errors import TaskFailed
from worker.messages.from_child import ConvertResult
from worker.messages.to_child import ConvertRequest
from worker.supervisor import TaskSupervisor

CSV_FILE = "data.csv"


def fetch_csv(supervisor: TaskSupervisor, dataset: Dataset) -> None:
    """Copy the dataset's CSV into the folder. Raises TaskFailed if a correction has just put it away."""
    if not dataset.is_converted:
        detail = "The dataset is being converted anew: another sheet was chosen."
        raise TaskFailed(failure("NOT_CONVERTED", detail, "Ask again once it is ready."))
    supervisor.fetch(dataset.blob, CSV_FILE)


def convert(supervisor: TaskSupervisor, dataset: Dataset) -> Dataset | None:
    """Have the upload made into a CSV, which then lies in the folder, too.

    Every line may be the last of this process: the CSV is announced before it is written, and the dataset's row names
    it in one step. Of two workers the first to write that row wins, and the other goes on with the winner's CSV.

    Returns:
        The dataset with its CSV; None if it was deleted or corrected meanwhile.

    Raises:
        TaskFailed: the file cannot be converted, or its CSV is beyond the quota.
    """
    conversions, ref = supervisor.service.datasets.conversions, supervisor.ref
    supervisor.fetch(dataset.blob, "upload")
    result = supervisor.run(_request(supervisor, dataset), ConvertResult)
    (supervisor.folder / "upload").unlink()
    path = supervisor.folder / result.file
    try:
        conversions.reserve(dataset, path.stat().st_size)
    except RequestError as exc:
        raise TaskFailed(failure(exc.reason, exc.detail)) from exc
    tables = supervisor.service.ports.tables
    blob = f"{ref.user_id}/converted/{ref.id}-{supervisor.lease.epoch}"
    intent = blob_intents.record(tables, blob, rows.key("dataset", ref.user_id, dataset.id))
    info = supervisor.upload(blob, path)
    table = ConvertedTable(**{**result.table, "dialect": Dialect(**result.table["dialect"])})
    converted = conversions.record(ref, info, table)
    if converted is None:
        return None
    if converted.blob == blob:
        blob_intents.confirm(tables, intent)
    else:
        conversions.reserve(converted, converted.size_bytes)
        fetch_csv(supervisor, converted)
    return converted


def _request(supervisor: TaskSupervisor, dataset: Dataset) -> ConvertRequest:
    settings = supervisor.service.settings
    return ConvertRequest(
        dataset.sheet,
        options_in(dataset.options or {}),
        settings.max_upload_bytes,
        settings.max_rows,
        settings.max_columns,
    )
