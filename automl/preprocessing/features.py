"""The cleaned table: what `clean.Plan.transform` makes and every candidate takes.

Three kinds of columns and no more, so that a model family needs to know only these:

* numeric: float32, NaN where missing;
* categorical: int32 codes, 0..k-1 for the categories seen in training, -1 missing, k unseen;
* text: free text, "" where missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

MISSING = -1


@dataclass(frozen=True)
class Features:
    """One table of n rows, column-wise by kind.

    Attributes:
        numeric: float32 array of shape (n, p); NaN is missing.
        categorical: int32 array of shape (n, q); `MISSING` is missing, `len(categories[j])` is unseen.
        text: one object array of n strings per text column.
        numeric_names, categorical_names, text_names: names, in the order of the columns above.
        categories: for each categorical column its labels, in the order of their codes.
    """

    numeric: npt.NDArray[np.float32]
    categorical: npt.NDArray[np.int32]
    text: tuple[npt.NDArray[np.object_], ...] = ()
    numeric_names: tuple[str, ...] = ()
    categorical_names: tuple[str, ...] = ()
    text_names: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return int(self.numeric.shape[0])

    @property
    def n_columns(self) -> int:
        """Columns of all kinds."""
        return int(self.numeric.shape[1] + self.categorical.shape[1]) + len(self.text)

    def take(self, rows: npt.NDArray[np.intp] | slice) -> Features:
        """Take the given rows, in the given order."""
        return Features(
            self.numeric[rows],
            self.categorical[rows],
            tuple(column[rows] for column in self.text),
            self.numeric_names,
            self.categorical_names,
            self.text_names,
            self.categories,
        )
