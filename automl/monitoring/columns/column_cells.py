"""The cells of one column, read as the model reads them: values, codes of labels, or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.labels import read_labels
from automl.parsing.scalars import to_label
from automl.parsing.vectorized import ColumnLike, factorize
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import is_version_name
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.columns.unread_cells import UnreadCells, find_unread, read_values
from automl.preprocessing.preprocessor import columns_by_name
from automl.preprocessing.transformers.basic import CategoricalTransformer

VALUES, LABELS, TEXT = ("number", "date"), ("category", "boolean"), "text"
ALL_READ = UnreadCells()
LABEL_CHARACTERS = 80


@dataclass(frozen=True)
class ColumnCells:
    """n cells of a column; one of `values`, `codes` and `texts` holds them.

    Attributes:
        kind: number, date, category, boolean or text.
        values: float64 (n,), dates in seconds since 1970, NaN where missing.
        codes: (n,) places in `labels`, -1 where missing, len(labels) where the reference has no such label.
        texts: (n,) text, "" where missing.
        labels: of the reference.
        unseen: labels that the reference has not and how often each occurs, most frequent first.
        unread: cells that say something which is no value.
    """

    kind: str
    values: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    codes: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    texts: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    labels: tuple[str, ...] = ()
    unseen: tuple[tuple[str, int], ...] = ()
    unread: UnreadCells = ALL_READ

    def __len__(self) -> int:
        return max(len(self.values), len(self.codes), len(self.texts))

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Whether each cell has no value."""
        if self.kind in VALUES:
            return np.isnan(self.values)
        return self.codes < 0 if self.kind in LABELS else np.asarray(self.texts == "", dtype=np.bool_)

    @property
    def known(self) -> npt.NDArray[np.float64]:
        """The values there are."""
        return self.values[~np.isnan(self.values)]


class ColumnReader:
    """Reads the cells of one column as those of the reference are read.

    Args:
        feature: the column in the model's `features`.
        about: its statistics in the reference.
        cells: of the reference.
    """

    def __init__(self, feature: Mapping[str, Any], about: ColumnStats, cells: pd.Series) -> None:
        self.name = str(feature["name"])
        self.kind = kind_of(feature)
        self._about = about
        labels: Iterable[str] = ()
        numeric = False
        if self.kind == "category":
            codes, uniques = factorize(cells)
            counts = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
            found = read_labels(uniques, counts, numbers=not is_version_name(self.name))
            labels, numeric = sorted(label.text for label in found.by_key.values()), found.numeric
        self._labels = CategoricalTransformer(self.name, tuple(labels), numeric)

    def read(self, cells: ColumnLike | None, n_rows: int) -> ColumnCells:
        """Read cells; a column that is not there is missing in all of n_rows rows."""
        cells = pd.Series([None] * n_rows, dtype=object) if cells is None else pd.Series(cells)
        if self.kind in VALUES:
            values = np.asarray(read_values(cells, self._about, self.kind), dtype=np.float64)
            values = np.where(np.isfinite(values), values, np.nan)
            return ColumnCells(self.kind, values=values, unread=find_unread(cells, values))
        if self.kind == "boolean":
            truth = np.asarray(read_values(cells, self._about, "boolean"), dtype=np.float64)
            codes = np.where(np.isnan(truth), -1, truth).astype(np.int64)
            return ColumnCells(self.kind, codes=codes, labels=("no", "yes"), unread=find_unread(cells, truth))
        if self.kind == TEXT:
            places, uniques = factorize(cells)
            words = np.array([*(to_label(each) or "" for each in uniques), ""], dtype=object)
            return ColumnCells(self.kind, texts=words[places])
        codes = self._labels.transform(cells).categorical[0].astype(np.int64)
        return ColumnCells(self.kind, codes=codes, labels=self._labels.labels, unseen=self._unseen(cells, codes))

    def _unseen(self, cells: pd.Series, codes: npt.NDArray[np.int64]) -> tuple[tuple[str, int], ...]:
        new = cells[codes == len(self._labels.labels)]
        counted = Counter((to_label(cell) or "").strip()[:LABEL_CHARACTERS] for cell in new.tolist())
        return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def kind_of(feature: Mapping[str, Any]) -> str:
    """Return how a column of this type is compared."""
    type_ = str(feature["type"])
    return type_ if type_ in (*VALUES, *LABELS, TEXT) else "category"


def readers(reference: pd.DataFrame, features: Sequence[Mapping[str, Any]]) -> list[ColumnReader]:
    """Make a reader of each feature that the reference has."""
    options = {
        str(feature["name"]): ColumnOptions(
            type=kind_of(feature), decimal_sign=feature.get("decimal_sign"), date_order=feature.get("date_order")
        )
        for feature in features
    }
    columns = columns_by_name(reference)
    there = [feature for feature in features if feature["name"] in columns]
    stats = compute_table_stats(reference[[feature["name"] for feature in there]], options)
    return [ColumnReader(feature, stats[feature["name"]], pd.Series(columns[feature["name"]])) for feature in there]
