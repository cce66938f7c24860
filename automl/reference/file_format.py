"""What the files of a reference have in common: a format's number, and how one that cannot be read is told."""

from __future__ import annotations

import os
from pathlib import Path

from automl.errors import BundleError


def check_format(found: int, known: int) -> None:
    """Raise where a file of a reference is of another format."""
    if found != known:
        raise BundleError(
            "REFERENCE_FORMAT",
            f"What was kept of the training has format {found}; this version of the engine reads format {known}.",
            "Use the version that trained the model, or train again.",
        )


def damaged(path: str | os.PathLike[str], error: Exception) -> BundleError:
    """Make the error for a file of a reference that cannot be read."""
    detail = f"What was kept of the training cannot be read ({Path(path).name}): {error}."
    return BundleError("REFERENCE_DAMAGED", detail, "Train again, or restore the file from a backup.")
