"""Describe datasets, and what a check finds in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class Column(Record):
    """Describe one column of a dataset, as profiled.

    Attributes:
        name: Name in the header of the CSV.
        type: number, category, boolean, date, text, id or constant.
        missing: Number of rows without a value.
        distinct: Number of distinct values.
        examples: A few values, as they stand in the CSV.
        warnings: Sentences about what may be wrong.
        reading: How the cells are read: decimal_sign and unit of numbers, date_order of dates; is_sure says whether the
            table decides it.

    Example:
        >>> dataset.columns[0].name, dataset.columns[0].type
        ('total_bill', 'number')
    """

    name: str
    type: str | None = None
    missing: int | None = None
    distinct: int | None = None
    examples: tuple[Any, ...] = ()
    warnings: tuple[Any, ...] = ()
    reading: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset(Record):
    """Describe an uploaded table.

    Attributes:
        id: Id of the dataset.
        name: Name of the dataset, by default the file's.
        state: `uploaded` while it is profiled, then `ready` or `rejected`.
        size_bytes: Size of the CSV, unpacked; of the upload until a CSV is made of it.
        sha256: SHA-256 of the same in hex.
        rows: Number of rows without the header; None until the dataset is ready.
        columns: The columns in their order; empty until the dataset is ready.
        warnings: Sentences about what may be wrong.
        delimiter: Character between two cells.
        encoding: Encoding of the CSV.
        header: Whether the first row names the columns.
        skip_rows: Number of lines above the table that are left out.
        skip_footer: Number of rows below the table that are left out.
        skip_initial_space: Whether blanks at the start of a cell are no part of it.
        bad_rows: What becomes of rows that cannot be read: `refuse`, `skip` or `report`.
        bad_row_count: Number of rows that were left out as bad; None until the dataset is ready.
        source_format: Format of the upload, such as `csv`, `xlsx` or `parquet`.
        sheet: Sheet of a workbook that is read; None of other formats.
        sheets: All sheets of a workbook.
        error: Why the upload was rejected, None if it was not.
        created_at: Time of the upload, in UTC.
        origin: What it was made of, such as requests of an endpoint; empty for an upload.

    Example:
        >>> dataset.rows
        244
        >>> [column.name for column in dataset.columns if column.type == "number"][:2]
        ['total_bill', 'tip']
    """

    id: str
    name: str = ""
    state: str = "uploaded"
    size_bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    warnings: tuple[Any, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True
    skip_rows: int = 0
    skip_footer: int = 0
    skip_initial_space: bool = False
    bad_rows: str = "refuse"
    bad_row_count: int | None = None
    source_format: str = "csv"
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    error: Problem | None = None
    created_at: datetime | None = None
    origin: dict[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Return whether profiling has ended: the state is `ready` or `rejected`."""
        return self.state in {"ready", "rejected"}


@dataclass(frozen=True)
class Preview(Record):
    """Hold the first rows of a dataset.

    Attributes:
        columns: Names of the columns.
        rows: One sequence of cells a row, in the order of `columns`.

    Example:
        >>> client.preview(dataset, rows=1).columns[:3]
        ('total_bill', 'tip', 'sex')
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Any, ...] = ()


@dataclass(frozen=True)
class BadRow(Record):
    """Describe a row that was left out of a dataset.

    Attributes:
        line: Line of the CSV on which it begins, from 1.
        reason: Stable name for programs, in UPPER_SNAKE.
        detail: Sentence for people.
    """

    line: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BadRows(Record):
    """Hold the rows that were left out of a dataset.

    Attributes:
        count: Number of all of them.
        rows: The first ones, up to 10,000.
    """

    count: int = 0
    rows: tuple[BadRow, ...] = ()


@dataclass(frozen=True)
class Finding(Record):
    """Describe one fact about the data to know before training.

    Attributes:
        severity: `error` (training would fail), `warning` or `info`.
        reason: Stable name for programs, in UPPER_SNAKE.
        detail: Sentence for people.
        fix: What to do about it.
        column: Name of the column it is about, None if it is about the table.

    Example:
        >>> found = client.check(dataset, "smoker").findings
        >>> {finding.severity for finding in found} <= {"error", "warning", "info"}
        True
    """

    severity: str = "info"
    reason: str = ""
    detail: str = ""
    fix: str = ""
    column: str | None = None


@dataclass(frozen=True)
class Class(Record):
    """Describe one label of a target.

    Attributes:
        label: The label, as predictions give it back.
        rows: Number of rows that have it.
    """

    label: str
    rows: int = 0


@dataclass(frozen=True)
class Findings(Record):
    """Hold what a check of a target found.

    Attributes:
        task: The task that `auto` would choose: binary, multiclass or regression.
        metric: The metric that `auto` would choose.
        why: Why this task and this metric.
        classes: The labels of the target with the rows of each, of up to 50.
        positive_class: Of two classes the one that binary metrics count, unless a training asks for the other.
        positive_class_rule: Why it is this one, in words.
        findings: The facts to know before training.

    Example:
        >>> findings = client.check(dataset, "smoker")
        >>> findings.task, findings.metric, len(findings.errors)
        ('binary', 'auc', 0)
    """

    task: str | None = None
    metric: str | None = None
    why: str = ""
    classes: tuple[Class, ...] = ()
    positive_class: str | None = None
    positive_class_rule: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that would make training fail."""
        return tuple(finding for finding in self.findings if finding.severity == "error")
