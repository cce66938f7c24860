"""What the engine raises.

AutoMLError
 ├── DataError     the table cannot be used as it is: says where and how to mend it
 ├── SpecError     a setting is unknown or does not fit the table (a model, a metric for another task)
 ├── BundleError   a bundle that is damaged, foreign, or written by an incompatible version
 ├── ModelFileError   an ONNX file from elsewhere that cannot be served
 └── OutOfTime     the budget ended before any model could be fitted
"""

from __future__ import annotations


class AutoMLError(Exception):
    """An error a user can act on.

    Args:
        reason: stable UPPER_SNAKE name, for programs.
        detail: what is wrong and where, in words.
        hint: how to mend it.
        line: 1-based line of the file, where the error is about one.
        column: name of the column, where the error is about one.
    """

    def __init__(
        self, reason: str, detail: str, hint: str = "", *, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(f"{detail} {hint}".strip())
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.line = line
        self.column = column


class DataError(AutoMLError):
    """The table cannot be used as it is."""


class SpecError(AutoMLError):
    """A setting is unknown or does not fit the table."""


class BundleError(AutoMLError):
    """A bundle is damaged, foreign, or written by an incompatible version."""


class ModelFileError(AutoMLError):
    """An ONNX file from elsewhere cannot be served."""


class OutOfTime(AutoMLError):
    """The budget ended before any model could be fitted."""
