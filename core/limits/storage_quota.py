"""Sizes of a user's datasets, uploaded models and events: one small row for each, so counting them reads no profiles.

Such a row is written before its dataset's, and then counted: of uploads that end at the same moment, in any processes,
none exceeds the quota, as the last to write sees all.
"""

from __future__ import annotations

from core.errors import RequestError
from core.limits.quotas import Quotas, quota_exceeded
from core.ports import Tables
from core.storage import rows

KIND = "stored_bytes"
MODEL_KIND = "stored_model_bytes"
EVENT_KIND = "stored_event_bytes"
FIX = "Delete datasets that are not needed, or ask the operator for more."
MODEL_FIX = "Delete uploaded models or datasets that are not needed, or ask the operator for more."


def stored_bytes_key(user_id: str, dataset_id: str) -> str:
    """Return the key of the row of one dataset; the row holds the size in bytes."""
    return rows.key(KIND, user_id, dataset_id)


def stored_model_bytes_key(user_id: str, model_id: str) -> str:
    """Return the key of the row of one uploaded model; the row holds the size in bytes."""
    return rows.key(MODEL_KIND, user_id, model_id)


def stored_event_bytes_key(user_id: str, pipeline_id: str) -> str:
    """Return the key of the row of the rows that a pipeline was sent; it holds their size in bytes."""
    return rows.key(EVENT_KIND, user_id, pipeline_id)


def stored_bytes(tables: Tables, user_id: str) -> tuple[int, int]:
    """Return the number of datasets, and their bytes and those of uploaded models and of events together."""
    sizes = _sizes(tables, KIND, user_id)
    others = sum(_sizes(tables, MODEL_KIND, user_id)) + sum(_sizes(tables, EVENT_KIND, user_id))
    return len(sizes), sum(sizes) + others


def _sizes(tables: Tables, kind: str, user_id: str) -> list[int]:
    return [int(row.value) for row in rows.scan_all(tables, rows.prefix(kind, user_id))]


def available_bytes(tables: Tables, user_id: str, quotas: Quotas) -> int:
    """Return how large one more dataset may be. Raises QUOTA_EXCEEDED if there is room for none."""
    count, size_bytes = stored_bytes(tables, user_id)
    if count >= quotas.datasets:
        raise quota_exceeded("datasets", quotas.datasets, FIX)
    if size_bytes >= quotas.bytes:
        raise bytes_exceeded(quotas)
    return quotas.bytes - size_bytes


def available_model_bytes(tables: Tables, user_id: str, quotas: Quotas) -> tuple[int, int]:
    """Return the number of uploaded models, and how large one more may be.

    Raises QUOTA_EXCEEDED if there is no room.
    """
    _, size_bytes = stored_bytes(tables, user_id)
    if size_bytes >= quotas.bytes:
        raise bytes_exceeded(quotas)
    return len(_sizes(tables, MODEL_KIND, user_id)), quotas.bytes - size_bytes


def reserve_model_bytes(tables: Tables, user_id: str, model_id: str, size_bytes: int, quotas: Quotas) -> None:
    """Count a model that is about to be stored. Raises QUOTA_EXCEEDED, and then it does not count."""
    key = stored_model_bytes_key(user_id, model_id)
    tables.put(key, str(size_bytes).encode())
    if stored_bytes(tables, user_id)[1] > quotas.bytes:
        tables.delete(key)
        raise bytes_exceeded(quotas)


def bytes_exceeded(quotas: Quotas) -> RequestError:
    """Make the error for datasets and models that are too large together."""
    return quota_exceeded("bytes", quotas.bytes, FIX)


def reserve_bytes(tables: Tables, user_id: str, dataset_id: str, size_bytes: int, quotas: Quotas) -> None:
    """Count a dataset that is about to be stored. Raises QUOTA_EXCEEDED, and then it does not count."""
    key = stored_bytes_key(user_id, dataset_id)
    tables.put(key, str(size_bytes).encode())
    count, total_bytes = stored_bytes(tables, user_id)
    for quota, held, most in (("datasets", count, quotas.datasets), ("bytes", total_bytes, quotas.bytes)):
        if held > most:
            tables.delete(key)
            raise quota_exceeded(quota, most, FIX)


def update_bytes(tables: Tables, user_id: str, dataset_id: str, size_bytes: int, quotas: Quotas) -> None:
    """Count a stored dataset with another size; one that was deleted meanwhile is not counted.

    Raises QUOTA_EXCEEDED if it has grown too large, and then counts with its former size.
    """
    key = stored_bytes_key(user_id, dataset_id)
    before = _replace(tables, key, size_bytes)
    if before is None or size_bytes <= before:
        return
    _, total_bytes = stored_bytes(tables, user_id)
    if total_bytes > quotas.bytes:
        _replace(tables, key, before)
        raise bytes_exceeded(quotas)


def _replace(tables: Tables, key: str, size_bytes: int) -> int | None:
    """Return the size before, None if there is no row, which then is not written."""
    while (raw := tables.get(key)) is not None:
        if rows.compare_and_set(tables, key, str(size_bytes).encode(), raw):
            return int(raw)
    return None
