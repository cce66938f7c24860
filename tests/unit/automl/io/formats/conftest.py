"""A conversion in a folder of its own."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl.io.formats.convert import Conversion, Wanted, convert
from automl.io.formats.table_writer import Limits


@dataclass(frozen=True)
class Made:
    """What was made of a file: rows as they stand in the CSV."""

    conversion: Conversion
    rows: list[list[str]]
    text: str


Convert = Callable[..., Made]


@pytest.fixture
def make_csv(tmp_path: Path) -> Convert:
    numbers = itertools.count()

    def make(data: bytes, sheet: str | None = None, limits: Limits | None = None, **options: object) -> Made:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        (folder / "upload").write_bytes(data)
        made = convert(folder / "upload", folder / "data.csv", folder, Wanted(sheet, options), limits)
        assert made is not None
        text = (folder / "data.csv").read_bytes().decode()
        return Made(made, list(csv.reader(text.splitlines(keepends=True))), text)

    return make
