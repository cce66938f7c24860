"""Messages of tasks over the kept requests of endpoints, both ways: compact, gather, forget, monitor."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json


@dataclass(frozen=True)
class CompactRequest:
    """A request to make one file of these segments of requests."""

    files: list[str]


@dataclass(frozen=True)
class CompactResult:
    """The name of the file with a day's requests, how many they are, and the least and greatest of their ids."""

    file: str
    rows: int
    first: str
    last: str


@dataclass(frozen=True)
class GatherRequest:
    """A request to write requests of an endpoint as a table.

    Attributes:
        segments, labels: names of the files in the folder.
        wanted: fields of `worker.child.request_log.join.Wanted`; of its inputs {name, decimal_sign}.
        target: name of the column of labels.
        max_rows: of the table.
        threads: that may be used.
    """

    segments: list[str]
    labels: list[str]
    wanted: Json
    target: str
    max_rows: int
    threads: int


@dataclass(frozen=True)
class GatherResult:
    """The name of the table in the folder, its rows, and how many of them have a label.

    Attributes:
        columns: inputs that any row has.
        text: those of them whose cells are text.
        own: what the columns `prediction`, `label`, `prediction_id` and `time` are called: no input is.
    """

    file: str
    rows: int
    labelled: int
    columns: list[str]
    text: list[str]
    own: dict[str, str]


@dataclass(frozen=True)
class ForgetRequest:
    """A request to write these segments of requests anew, without those of the key."""

    files: list[str]
    key: str


@dataclass(frozen=True)
class ForgetResult:
    """The files that had the key, as {file, kept, rows, first, last} of what is left, and the ids that are gone."""

    changed: list[Json]
    ids: list[str]


@dataclass(frozen=True)
class MonitorRequest:
    """A request to work out a window of an endpoint's requests: files in the folder.

    Attributes:
        start, end: of the window, as rows have times.
        segments: of the log of requests; labels: that came for them.
        versions: that may have answered, the champion first: {number, summary, reference}; the last is the name of a
            file, None where the model has none and the window is to stand in for it.
        settings: of the monitor, complete.
        max_rows: that are looked into; of more a sample.
        threads: that may be used.
    """

    start: str
    end: str
    segments: list[str]
    labels: list[str]
    versions: list[Json]
    settings: Json
    max_rows: int
    threads: int


@dataclass(frozen=True)
class MonitorResult:
    """What was found in a window.

    Attributes:
        file: name of the JSON file in the folder, as `automl.monitoring.window` describes a window.
        rows, labelled: requests in it, and how many of them have labels.
        sampled: whether only some of them were looked into.
        versions: of those that were looked into, requests by version.
        baselines: names of files that stand in for the references of versions, by their numbers.
    """

    file: str
    rows: int
    labelled: int
    sampled: bool
    versions: Json
    baselines: dict[str, str] = field(default_factory=dict)
