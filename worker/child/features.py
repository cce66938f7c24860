"""Write the rows of a dataset by key, in the child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl.errors import DataError
from automl.io.csv_reader import read_csv
from core.features.feature_rows import dump_row
from core.features.keys import is_number, key_digest, key_part
from worker.child.pipe import Pipe
from worker.messages.of_features import FeaturesRequest, FeaturesResult

FILE = "features.tsv"
BATCH_ROWS = 10_000
MAX_EXACT = 2**53
"""Whole numbers up to this one are what JSON's numbers can hold; greater ones stay text."""


def features(request: FeaturesRequest, folder: Path, pipe: Pipe) -> FeaturesResult:
    """Write a line for each key that the table has: of rows with the same key the last one counts.

    Raises DataError COLUMN_NOT_FOUND, LOOKUP_TOO_LARGE, ROW_TOO_LARGE.
    """
    frame = read_csv(folder / "data.csv", request.dialect)
    if missing := [name for name in request.key if name not in frame.columns]:
        raise DataError(
            "COLUMN_NOT_FOUND",
            f"The table has no column {missing[0]!r}, which is the source's key.",
            "Change the source's `key`, or what it fetches.",
            column=missing[0],
        )
    digests, numeric = _digests(frame, request.key)
    last = digests.notna() & ~digests.duplicated(keep="last")
    count = int(last.sum())
    if count > request.max_keys:
        detail = f"The table has {count:,} keys; at most {request.max_keys:,} can be looked up."
        raise DataError("LOOKUP_TOO_LARGE", detail, "Fetch those that are asked for.")
    columns = [name for name in frame.columns if name not in request.key]
    kept = np.flatnonzero(last.to_numpy())
    written = 0
    with open(folder / FILE, "wb") as file:
        for first in range(0, len(kept), BATCH_ROWS):
            at = kept[first : first + BATCH_ROWS]
            cells = {name: _cells(frame[name].iloc[at], request.numbers.get(name)) for name in columns}
            for i, (row, digest) in enumerate(zip(at.tolist(), digests.iloc[at], strict=True)):
                value = dump_row({name: column[i] for name, column in cells.items()})
                written += len(value)
                _check_size(len(value), written, row, request)
                file.write(digest.encode() + b"\t" + value + b"\n")
    return FeaturesResult(FILE, count, numeric, columns)


def _digests(frame: pd.DataFrame, key: list[str]) -> tuple[pd.Series, list[bool]]:
    """Return the digest of each row's key, None where a cell of it is missing; and which of its columns are numbers."""
    columns, numeric = [], []
    for name in key:
        cells = _texts(frame[name])
        present = {text.strip() for text in cells if text is not None and text.strip()}
        numeric.append(all(map(is_number, present)))
        columns.append([key_part(cell, numeric=numeric[-1]) for cell in cells])
    found = [None if None in parts else key_digest(parts) for parts in zip(*columns, strict=True)]
    return pd.Series(found, dtype=object), numeric


def _texts(cells: pd.Series) -> list[Any]:
    return [None if missing else text for text, missing in zip(cells.tolist(), cells.isna().tolist(), strict=True)]


def _cells(column: pd.Series, decimal_sign: str | None) -> list[Any]:
    """Return the cells as a request would bring them: numbers as numbers, whatever sign the table writes them with."""
    cells = _texts(column)
    return cells if decimal_sign is None else [_number(cell, decimal_sign) for cell in cells]


def _number(text: str | None, decimal_sign: str) -> Any:
    if text is None:
        return None
    plain = text.strip()
    if decimal_sign == ",":
        if "." in plain:
            return text
        plain = plain.replace(",", ".")
    if not is_number(plain):
        return text
    if "." in plain:
        return float(plain)
    number = int(plain)
    return number if abs(number) <= MAX_EXACT else text


def _check_size(size_bytes: int, written: int, row: int, request: FeaturesRequest) -> None:
    if size_bytes > request.max_row_bytes:
        raise DataError(
            "ROW_TOO_LARGE",
            f"Row {row + 1:,} has {size_bytes:,} bytes; at most {request.max_row_bytes:,} can be looked up at once.",
            "Leave out the columns with long texts that no model reads.",
        )
    if written > request.max_bytes:
        raise DataError(
            "LOOKUP_TOO_LARGE",
            f"The rows have more than {request.max_bytes:,} bytes in all.",
            "Leave out the columns that no model reads.",
        )
