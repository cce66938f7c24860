"""Digests of training rows: whether a model has seen a row, without keeping the row.

A digest follows from what the cells say, not from how they came: 3 and 3.0, a midnight and its date, True and "true"
are the same, and the order of the columns makes no difference. It is the same in every process and on every platform,
so digests of one day are compared with rows of another. They are no secret: who can guess a row can tell that it is in.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from automl.parsing.labels import fold
from automl.parsing.scalars import MISSING_WORDS
from automl.parsing.vectorized import TEXT, parse_plain_numbers, to_floats
from automl.preprocessing.preprocessor import columns_by_name
from automl.reference.file_format import check_format, damaged
from automl.reference.plain_cells import distinct_texts

FORMAT = 1
"""Of the file, and of what a digest means: raised whenever a row gets another digest than before."""
MAX_DIGESTS = 2_000_000
GREATEST = 2**64 - 1

Digests = npt.NDArray[np.uint64]

_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(z|\+00:?00)?$"
_CLOCKS = ((r"(z|\+00:?00)$", ""), (r"^([0-9]{2}:[0-9]{2})$", r"\1:00"), (r"\.0+$|(\.[0-9]*[1-9])0+$", r"\1"))
"""Patterns of what is written in more ways than one, and how it is written here."""


@dataclass(frozen=True)
class RowDigests:
    """The digests of the rows that a model was fitted on.

    Of more than `MAX_DIGESTS` rows those with the smallest digests are kept: whether one of *them* is seen again can
    still be told, and how many of all are is estimated by it.

    Attributes:
        values: (m,) ascending; rows that are alike have one each.
        total: rows there were.
        columns: names of the columns that a digest is of: the model's, and its target.
        bound: digests up to here are kept.
    """

    values: Digests
    total: int
    columns: tuple[str, ...]
    bound: int = GREATEST

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Iterable[str], *, max_digests: int = MAX_DIGESTS) -> RowDigests:
        """Digest the rows of a table.

        Args:
            frame: n rows.
            columns: the names of those that count.
            max_digests: maximum number of them to keep.
        """
        names = tuple(dict.fromkeys(columns))
        values, bound = np.sort(digest_rows(frame, names)), GREATEST
        if len(values) > max_digests:
            bound = int(values[max_digests - 1])
            values = values[values <= bound]
        return cls(values, len(frame), names, bound)

    @property
    def sampled(self) -> bool:
        """Whether only a part of the rows is remembered."""
        return self.bound < GREATEST

    @property
    def alike_share(self) -> float:
        """Share of the rows that are like another one: so many new rows are like one of them by chance."""
        counts = np.unique(self.values, return_counts=True)[1]
        return float(counts[counts > 1].sum() / max(counts.sum(), 1))

    def find_seen(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return which rows (n,) are like a remembered one."""
        return self._are_known(digest_rows(frame, self.columns))

    def find_untold(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return of which rows (n,) it cannot be told, as only a part is remembered."""
        return np.asarray(digest_rows(frame, self.columns) > np.uint64(self.bound))

    def count_seen(self, frame: pd.DataFrame) -> int:
        """Count the rows that the model has been fitted on; where only a part is remembered, an estimate."""
        digests = digest_rows(frame, self.columns)
        seen = int(self._are_known(digests).sum())
        comparable = int((digests <= np.uint64(self.bound)).sum())
        return round(seen * len(digests) / comparable) if comparable else 0

    def _are_known(self, digests: Digests) -> npt.NDArray[np.bool_]:
        if not len(self.values):
            return np.zeros(len(digests), dtype=bool)
        at = np.minimum(np.searchsorted(self.values, digests), len(self.values) - 1)
        return np.asarray(self.values[at] == digests)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an `.npz` of plain arrays."""
        columns, bound = np.array(self.columns, dtype=np.str_), np.uint64(self.bound)
        with open(path, "wb") as file:
            np.savez(file, format=FORMAT, values=self.values, total=self.total, bound=bound, columns=columns)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RowDigests:
        """Read what `save` wrote.

        Raises:
            OSError: the file cannot be read.
            BundleError: `REFERENCE_DAMAGED`, `REFERENCE_FORMAT`.
        """
        try:
            with np.load(Path(path), allow_pickle=False) as file:
                check_format(int(file["format"]), FORMAT)
                columns = tuple(file["columns"].tolist())
                return cls(file["values"].astype(np.uint64), int(file["total"]), columns, int(file["bound"]))
        except (KeyError, TypeError, ValueError, EOFError, BadZipFile) as error:
            raise damaged(path, error) from error


def digest_rows(frame: pd.DataFrame, columns: Collection[str]) -> Digests:
    """Return a digest (n,) of each row; absent columns count as missing.

    Args:
        frame: n rows, raw: text as in a CSV file, or of any dtypes.
        columns: the names of those that count, in any order.
    """
    cells, total = columns_by_name(frame), np.zeros(len(frame), dtype=np.uint64)
    for name in dict.fromkeys(columns):
        column = cells.get(name)
        hashes = hash_cells(column) if isinstance(column, pd.Series) else np.zeros(len(frame), dtype=np.uint64)
        # A sum, so that the order of the columns does not matter: each has its own name in it.
        total += hash_array(hashes ^ hash_array(np.array([name], dtype=object))[0])
    return hash_array(total)


def hash_cells(cells: pd.Series) -> Digests:
    """Return what a column's cells (n,) say, hashed, 0 where they are missing."""
    numbers = _decimal_floats(cells)
    if numbers is not None:
        return _hash_numbers(numbers)
    if cells.dtype.kind == "M":
        return _hash_distinct(pa.array(cells.dt.tz_convert(None) if cells.dt.tz else cells).cast(pa.large_string()))
    codes, distinct = distinct_texts(cells)
    # One for the missing cells, whose code is -1, comes last.
    return np.append(_hash_distinct(pc.utf8_trim_whitespace(distinct)), np.uint64(0))[codes]


def _hash_distinct(texts: pa.Array) -> Digests:
    read = parse_plain_numbers(pd.Series(texts, dtype=TEXT))
    assert read is not None
    values, is_number = read
    hashes = _hash_numbers(values)
    if not is_number.all():
        hashes[~is_number] = _hash_texts(_canonical(texts.filter(pa.array(~is_number))))
    return hashes


def _decimal_floats(cells: pd.Series) -> npt.NDArray[np.float64] | None:
    """Return the numbers of a column of such, single ones as the shortest decimals that a file holds of them."""
    dtype = cells.dtype
    if dtype.kind == "f" and isinstance(dtype, np.dtype) and dtype.itemsize < 8:
        return np.asarray(cells.to_numpy().astype(np.str_), dtype=np.float64)
    return to_floats(cells)


def _canonical(texts: pa.Array) -> npt.NDArray[np.object_]:
    """Return texts in the spelling that all of their kind share; "" for what says "no value"."""
    folded = pc.utf8_lower(texts)
    is_plain = pc.string_is_ascii(texts)
    if not pc.all(is_plain).as_py():
        others = pa.array([fold(text) for text in texts.filter(pc.invert(is_plain)).to_pylist()], folded.type)
        folded = pc.replace_with_mask(folded, pc.invert(is_plain), others)
    is_moment = pc.match_substring_regex(folded, _MOMENT)
    if pc.any(is_moment).as_py():
        folded = pc.replace_with_mask(folded, is_moment, _moments(folded.filter(is_moment)))
    folded = pc.if_else(pc.is_in(folded, pa.array(sorted(MISSING_WORDS), folded.type)), "", folded)
    return np.asarray(folded.to_numpy(zero_copy_only=False), dtype=object)


def _moments(texts: pa.Array) -> pa.Array:
    """Return moments with no more digits than they need: midnights in UTC, or of no zone, are their dates."""
    days, clocks = pc.utf8_slice_codeunits(texts, 0, 10), pc.utf8_slice_codeunits(texts, 11)
    is_odd = pc.not_equal(pc.utf8_length(clocks), len("00:00:00"))
    if pc.any(is_odd).as_py():
        odd = clocks.filter(is_odd)
        for pattern, written in _CLOCKS:
            odd = pc.replace_substring_regex(odd, pattern, written)
        clocks = pc.replace_with_mask(clocks, is_odd, odd)
    moments = pc.binary_join_element_wise(days, clocks, pa.scalar(" ", days.type))
    return pc.if_else(pc.equal(clocks, "00:00:00"), days, moments)


def _hash_numbers(values: npt.NDArray[np.float64]) -> Digests:
    # -0.0 is 0.0.
    return np.where(np.isfinite(values), hash_array(values + 0.0), np.uint64(0))


def _hash_texts(texts: npt.NDArray[np.object_]) -> Digests:
    return np.where(texts == "", np.uint64(0), hash_array(texts))


def hash_array(values: npt.NDArray[np.generic]) -> Digests:
    """Hash numbers or texts (n,): a fixed key, SipHash of texts and a mix of numbers' bits, the same everywhere."""
    return np.asarray(pd.util.hash_array(values, categorize=False))
