"""Read a dataset's CSV with its user's options."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from automl.io.csv_reader import read_csv
from worker.messages.to_child import CsvOptions


def read_dataset(folder: Path, csv: CsvOptions) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return `data.csv` as text, and the types that its user has set for columns that are there."""
    frame = read_csv(folder / "data.csv", delimiter=csv.delimiter, encoding=csv.encoding, header=csv.header)
    return frame, {column: type for column, type in csv.column_types.items() if column in frame.columns}
