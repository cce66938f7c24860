"""Read a dataset's CSV with its user's options."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from automl.io.csv_reader import read_csv
from automl.preprocessing.columns.column_options import ColumnOptions, merge_column_options
from csvfile.bad_rows import BadRows
from worker.messages.to_child import CsvOptions


def read_dataset(
    folder: Path, csv: CsvOptions, bad_rows: BadRows | None = None
) -> tuple[pd.DataFrame, dict[str, ColumnOptions]]:
    """Return `data.csv` as text, and the options that its user has set for columns that are there."""
    frame = read_csv(folder / "data.csv", csv.dialect, bad_rows=bad_rows)
    options = {name: ColumnOptions(**each) for name, each in csv.column_options.items()}
    merged = merge_column_options(csv.column_types, options)
    return frame, {name: each for name, each in merged.items() if name in frame.columns}
