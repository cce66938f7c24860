"""Rows that are no rows of their table: each is refused, or left out and counted."""

from __future__ import annotations

from dataclasses import dataclass

from csvfile.dialect import REFUSE, REPORT
from csvfile.errors import CsvError

MAX_LISTED = 10_000
"""Maximum of rows that are kept for a report; the count stays exact."""


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: the line it begins on, and why."""

    line: int
    reason: str
    detail: str


class BadRows:
    """Collect the rows of one file that cannot be read, as its dialect says.

    Attributes:
        count: number of rows that were left out.
        listed: the first `MAX_LISTED` of them, where a report is wanted.
    """

    def __init__(self, policy: str = REFUSE) -> None:
        """Take one of `csvfile.dialect.BAD_ROWS`."""
        self.policy = policy
        self.count = 0
        self.listed: list[BadRow] = []
        self.first: CsvError | None = None

    def add(self, error: CsvError) -> None:
        """Leave out a row for this reason. Raises the error if such rows are refused."""
        if self.policy == REFUSE:
            raise error
        self.count += 1
        self.first = self.first or error
        if self.policy == REPORT and len(self.listed) < MAX_LISTED:
            self.listed.append(BadRow(error.line or 0, error.reason, error.detail))

    def warning(self) -> str | None:
        """Return what the table's owner should know, None if no row was left out."""
        if self.first is None:
            return None
        rows = "1 row that cannot be read was" if self.count == 1 else f"{self.count:,} rows that cannot be read were"
        return f"{rows} left out. The first: {self.first.detail}"
