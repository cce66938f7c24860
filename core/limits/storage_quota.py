"""What a user's datasets take up: one small row for each, so that counting them reads no profiles.

Such a row is written before its dataset's, and then counted: of uploads that end at the same moment, in whichever
processes, none gets in beyond the quota, as the last to write sees all.
"""

from __future__ import annotations

from core.errors import Refused
from core.limits.quotas import Quotas, exceeded
from core.ports import Tables
from core.storage import rows

KIND = "stored_bytes"
FIX = "Delete datasets that are not needed, or ask the operator for more."


def holding_key(user_id: str, dataset_id: str) -> str:
    """The row of one dataset; it holds the size in bytes."""
    return rows.key(KIND, user_id, dataset_id)


def measure_holdings(tables: Tables, user_id: str) -> tuple[int, int]:
    """How many datasets, and their bytes together."""
    sizes = [int(row.value) for row in rows.scan_all(tables, rows.prefix(KIND, user_id))]
    return len(sizes), sum(sizes)


def room_bytes(tables: Tables, user_id: str, quotas: Quotas) -> int:
    """How large one more dataset may be. Raises QUOTA_EXCEEDED where there is room for none."""
    count, size_bytes = measure_holdings(tables, user_id)
    if count >= quotas.datasets:
        raise exceeded("datasets", quotas.datasets, FIX)
    if size_bytes >= quotas.bytes:
        raise bytes_exceeded(quotas)
    return quotas.bytes - size_bytes


def bytes_exceeded(quotas: Quotas) -> Refused:
    """Make the error for datasets that are too large together."""
    return exceeded("bytes", quotas.bytes, FIX)


def hold(tables: Tables, user_id: str, dataset_id: str, size_bytes: int, quotas: Quotas) -> None:
    """Count a dataset that is about to be there. Raises QUOTA_EXCEEDED, and then it does not count."""
    key = holding_key(user_id, dataset_id)
    tables.put(key, str(size_bytes).encode())
    count, total_bytes = measure_holdings(tables, user_id)
    for quota, held, most in (("datasets", count, quotas.datasets), ("bytes", total_bytes, quotas.bytes)):
        if held > most:
            tables.delete(key)
            raise exceeded(quota, most, FIX)
