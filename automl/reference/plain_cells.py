"""Raw cells as a Parquet file can hold them, which the model reads as it read the cells themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from automl.parsing.scalars import to_label
from automl.parsing.vectorized import TEXT, factorize, to_arrow, to_floats

MAX_CHARACTERS = 2_000
"""Maximum characters kept of a cell: the rest of a longer text moves its prediction little."""


def plain_cells(cells: pd.Series) -> pd.Series:
    """Return a column of numbers or truth values as it is, durations in seconds, every other one as text.

    Args:
        cells: (n,) of any dtype.

    Returns:
        (n,) with an index of its own.
    """
    dtype = cells.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return cells.reset_index(drop=True)
    numbers = to_floats(cells)
    if numbers is not None:
        return pd.Series(numbers, name=cells.name)
    codes, texts = distinct_texts(cells)
    column = pc.utf8_slice_codeunits(texts, 0, MAX_CHARACTERS).take(pa.array(codes, mask=codes < 0))
    return pd.Series(column, dtype=TEXT, name=cells.name)


def distinct_texts(cells: pd.Series) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Return codes (n,), -1 where missing, and the distinct texts of a column of anything but numbers."""
    if isinstance(cells.dtype, pd.StringDtype):
        encoded = to_arrow(cells).dictionary_encode()
        return encoded.indices.fill_null(-1).to_numpy().astype(np.int64), encoded.dictionary
    codes, uniques = factorize(cells)
    return codes, pa.array((text and well_formed(text) for text in map(to_label, uniques)), pa.large_string())


def well_formed(text: str) -> str:
    """Return the text with a question mark for each half of a character, which no file can hold."""
    return text.encode(errors="replace").decode()
