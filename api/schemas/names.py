"""Names that users give to things, and files named after them."""

from __future__ import annotations

import re
from typing import Any

from marshmallow.validate import Length, Regexp

MAX_LENGTH = 200

NAME: list[Any] = [
    Length(1, MAX_LENGTH),
    Regexp(r"[^\x00-\x1f\x7f]*\Z", error="Must not hold control characters."),
]
"""Validators of a name in a body or a query."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def name_of_file(filename: str | None) -> str | None:
    """Return a name for an uploaded file: the last part of its path; None if nothing is left of it."""
    if filename is None:
        return None
    last = _CONTROL.sub("", filename).replace("\\", "/").rsplit("/", 1)[-1].strip()
    return last[:MAX_LENGTH] if last.strip(".") else None


def safe_filename(name: str, ending: str) -> str:
    """Return a file name for an object of this name: harmless on every system, with the ending."""
    stem = _UNSAFE.sub("_", name).strip(". ") or "download"
    return stem[:MAX_LENGTH] + ("" if stem.lower().endswith(ending) else ending)
