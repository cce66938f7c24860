"""What is done with the rows of a table besides predicting them, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.inference.input_warnings import Flagged

Observe = Callable[[pd.DataFrame, npt.NDArray[np.float64], list[Any]], None]
Complete = Callable[[pd.DataFrame], tuple[pd.DataFrame, Sequence[Flagged]]]


@dataclass(frozen=True)
class Completion:
    """Columns that the table lacks and that the model reads.

    Attributes:
        reads: columns of the table that it needs, besides those that the model reads.
        gives: columns that it may add.
        complete: takes the cells of a batch; returns those that the model reads, with columns added, and what was not
            found.
    """

    reads: Collection[str]
    gives: Collection[str]
    complete: Complete


@dataclass(frozen=True)
class TableHooks:
    """What is done besides.

    Attributes:
        further: columns of the caller's own that come last: the cells of one row after the other.
        observe: called with each batch that was predicted, before its rows are given out: the cells that the model
            reads, what `predict_raw` returns, and the predictions.
        completion: adds columns that the table lacks.
    """

    further: Mapping[str, Iterator[str]] = field(default_factory=dict)
    observe: Observe | None = None
    completion: Completion | None = None
