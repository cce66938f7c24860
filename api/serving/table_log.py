"""The rows of a table that is answered, kept batch by batch."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from api.serving.request_log.logged_request import Answered
from api.serving.row_predictions import RowPredictions
from api.serving.versions.served_version import ServedVersion

if TYPE_CHECKING:
    import pandas as pd

    from api.serving.serving import Serving
    from automl._typing import Array


class TableLog:
    """Keeps the rows of one table.

    Attributes:
        ids: of the rows that were observed, in order.
    """

    def __init__(self, serving: Serving, served: ServedVersion, ids: Iterator[str]) -> None:
        self._log = serving.log
        self._served = served
        model = serving.model_of(served)
        self._labels = [str(label) for label in model.classes_]
        self._runtime = model.runtime
        self._fresh = ids
        self._observed: deque[str] = deque()
        self._began_s = time.perf_counter()
        self.ids = self._each()

    @classmethod
    def of(cls, serving: Serving, served: ServedVersion, ids: Iterator[str]) -> TableLog | None:
        """Return the log of a table, None if nothing is kept of it."""
        return cls(serving, served, ids) if serving.log.wants(served.endpoint) else None

    def observe(self, frame: pd.DataFrame, raw: Array, predictions: list[Any]) -> None:
        """Keep a batch. Raises Unavailable if it cannot be kept, and the log is durable."""
        ids = list(islice(self._fresh, len(frame)))
        self._observed.extend(ids)
        found = [str(label) for label in predictions] if self._labels else predictions
        answered = Answered(
            self._served, range(len(ids)), RowPredictions(raw, found, self._labels, [], {}), self._runtime
        )
        now_s = time.perf_counter()
        request = self._log.note([answered], frame, ids, None, now_s - self._began_s)
        self._began_s = now_s
        if request is not None:
            self._log.add(request, wait=True)
            request.wait()

    def _each(self) -> Iterator[str]:
        while True:
            yield self._observed.popleft()
