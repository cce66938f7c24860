"""A request that is to be kept, and the lines it becomes: later, and not in the thread that answers it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import orjson

from api.serving.row_predictions import Columns, RowPredictions
from api.serving.versions.served_version import ServedVersion
from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import predicted_at
from core.domain.records import Json
from core.errors import Unavailable
from core.requests.log_settings import LogSettings

if TYPE_CHECKING:
    import pandas as pd

CELL_BYTES = 64
"""About what a cell takes in memory, besides the characters of a text."""
SHADOW_S = 1.0
"""Age up to which a request waits for its shadows."""
DURABLE_S = 30.0
"""Seconds that an answer waits for a durable log, before it is none."""
_SAMPLE_MAX = 1 << 64
_settling = Lock()


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows of a request that one version has answered, by their places.

    Attributes:
        runtime: what answered: `onnx` or `engine`.
    """

    served: ServedVersion
    rows: Sequence[int]
    predicted: RowPredictions
    runtime: str


@dataclass(slots=True, eq=False)
class LoggedRequest:
    """Rows that were answered, as they stand in memory.

    Attributes:
        columns: their cells, as the request has them.
        ids: of the predictions, one a row.
        keys: the caller's own names of the rows.
        ms: milliseconds that the answer took.
        shadows: by version what shadows predict; they come when they come.
        expected_shadows: how many may come.
        kept: set once the rows are kept, or will not be; only for a log that is durable.
        error: why they are not.
        pending: segments that are still to be written, and 1 while there may be more.
    """

    endpoint: Endpoint
    settings: LogSettings
    answers: Sequence[Answered]
    columns: Columns | pd.DataFrame
    ids: Sequence[str]
    keys: Sequence[str] | None
    ms: float
    shadows: dict[int, RowPredictions] = field(default_factory=dict)
    expected_shadows: int = 0
    kept: Event | None = None
    error: Exception | None = None
    pending: int = 1
    made_at_s: float = field(default_factory=time.monotonic)

    @property
    def size_bytes(self) -> int:
        """About what the cells take in memory."""
        if len(self.ids) == 1:  # The most frequent one, and it shall be quick.
            size = CELL_BYTES
            for _, cells in self.columns.items():
                cell = cells[0]
                size += CELL_BYTES + len(cell) if type(cell) is str else CELL_BYTES
            return size
        if isinstance(self.columns, Mapping):
            return sum(map(_cell_bytes, self.columns.values())) + CELL_BYTES * len(self.ids)
        return int(self.columns.memory_usage(deep=False).sum()) + CELL_BYTES * len(self.ids)

    def is_complete(self, now_s: float) -> bool:
        """Return whether all shadows have come, or have had their time."""
        return len(self.shadows) >= self.expected_shadows or now_s - self.made_at_s >= SHADOW_S

    def settle(self, error: Exception | None = None) -> None:
        """Cross out a segment that is written, or why it is not; the last one wakes up whoever waits."""
        if self.kept is None:
            return
        with _settling:
            self.pending -= 1
            self.error = self.error or error
            if self.pending <= 0:
                self.kept.set()

    def wait(self) -> None:
        """Return once the rows are kept, if the log is durable. Raises Unavailable."""
        if self.kept is None:
            return
        if not self.kept.wait(DURABLE_S) or self.error is not None:
            raise Unavailable("the request could not be kept, as this endpoint's log wants it (`log.durable`)")

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield the id and the line of each row that the sample takes."""
        kept = self.settings.columns
        cells = {name: list(column) for name, column in self.columns.items() if kept is None or name in kept}
        shadows = {str(version): _outputs(predicted) for version, predicted in dict(self.shadows).items()}
        for answered in self.answers:
            served, outputs = answered.served, _outputs(answered.predicted)
            for place, row in enumerate(answered.rows):
                id = self.ids[row]
                if not is_sampled(id, self.settings.sample):
                    continue
                line: Json = {
                    "id": id,
                    "at": predicted_at(id),
                    "v": served.version,
                    "alias": served.alias,
                    "key": None if self.keys is None else self.keys[row],
                    "x": {name: column[row] for name, column in cells.items()},
                    **outputs[place],
                    "ms": self.ms,
                    "rt": answered.runtime,
                }
                if shadows:
                    line["shadow"] = {version: answers[row] for version, answers in shadows.items()}
                yield id, dump(line)


def is_sampled(id: str, share: float) -> bool:
    """Return whether a sample takes the row: the same ones in all processes, and when a message comes again."""
    if share >= 1:
        return True
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), "big") < share * _SAMPLE_MAX


def dump(line: Mapping[str, Any]) -> bytes:
    """Return the line as JSON; what JSON cannot have (infinity, half a character) becomes null or a replacement."""
    try:
        return orjson.dumps(line, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE, default=str)
    except (orjson.JSONEncodeError, UnicodeError):  # A number of more than 64 bits, or half a surrogate pair.
        text = json.dumps(_plain(line), ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    is_number = isinstance(value, float)
    return None if is_number and (value != value or value in (float("inf"), float("-inf"))) else value


def _outputs(predicted: RowPredictions) -> list[Json]:
    """Return {y, p?} of each row: the label and the probabilities of all labels, or the number."""
    if predicted.raw.ndim == 1:
        return [{"y": value} for value in predicted.predictions]
    return [{"y": y, "p": p} for y, p in zip(predicted.predictions, predicted.raw.tolist(), strict=True)]


def _cell_bytes(cells: Any) -> int:
    """Return about what the cells of a column take; quick where they are all text."""
    size = CELL_BYTES * len(cells)
    try:
        return size + sum(map(len, cells))
    except TypeError:
        return size + sum(len(cell) for cell in cells if isinstance(cell, str))
