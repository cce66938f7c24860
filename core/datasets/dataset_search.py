"""Datasets by name and state."""

from __future__ import annotations

from core.datasets.datasets import Datasets
from core.datasets.states import DELETING
from core.domain.records import Dataset
from core.storage import rows
from core.storage.rows import Page
from core.storage.search import MAX_LARGE_ROWS, matches


def search_datasets(
    datasets: Datasets, user_id: str, size: int, after: str | None = None, *, search: str | None = None,
    state: str | None = None,
) -> Page[Dataset]:  # fmt: skip
    """Return a page of datasets, newest first, whose id, name or columns hold all words and that have the state."""
    if not search and state is None:
        return datasets.page(user_id, size, after)

    def keeps(dataset: Dataset) -> bool:
        words = (dataset.id, dataset.name, *dataset.columns)
        return dataset.state != DELETING and state in (None, dataset.state) and matches(search, words)

    start = rows.prefix("dataset", user_id)
    return rows.page_where(datasets.tables, Dataset, start, size, after, keeps, MAX_LARGE_ROWS)
