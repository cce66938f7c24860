"""What is wrong with a file that was to become a CSV."""

from __future__ import annotations

from automl.errors import DataError

SAVE_AGAIN = "Open it in the program that made it, save it again, and send that."


def unreadable(what: str, problem: object) -> DataError:
    """Report that the file is damaged, or uses what its reader does not know."""
    words = " ".join(str(problem).split())[:200].rstrip(". ") or type(problem).__name__
    return DataError("FILE_UNREADABLE", f"The file cannot be read as {what}: {words}.", SAVE_AGAIN)


def encrypted(what: str) -> DataError:
    """Report that the file asks for a password."""
    return DataError("FILE_ENCRYPTED", f"The {what} is protected by a password.", "Save it without one.")


def too_large(max_bytes: int) -> DataError:
    """Report that more bytes come out of the file than a dataset may have."""
    detail = f"Unpacked, the file is larger than {max_bytes:,} bytes."
    return DataError("FILE_TOO_LARGE", detail, "Leave out columns or rows, or ask the operator for more.")


def not_flat(column: str, what: str, line: int | None = None) -> DataError:
    """Report a column that holds more than one value a cell."""
    where = "" if line is None else f" (line {line:,})"
    return DataError(
        "NESTED_VALUE",
        f"The column {column[:200]!r} holds {what}{where}: a cell holds one value.",
        "Leave the column out, or make columns of what it holds.",
        line=line,
        column=column,
    )
