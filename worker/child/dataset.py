"""Read a dataset's CSV with its user's options."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from automl.io.csv_reader import read_csv
from csvfile.bad_rows import BadRows
from worker.messages.to_child import CsvOptions


def read_dataset(folder: Path, csv: CsvOptions, bad_rows: BadRows | None = None) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return `data.csv` as text, and the types that its user has set for columns that are there."""
    frame = read_csv(folder / "data.csv", csv.dialect, bad_rows=bad_rows)
    return frame, {column: type for column, type in csv.column_types.items() if column in frame.columns}
