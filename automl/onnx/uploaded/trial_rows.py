"""Rows that are made up, to try a file on: tensors as its inputs take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.onnx.uploaded.cells import DTYPES
from automl.onnx.uploaded.signature import TensorInput

MAX_VOCABULARIES = 8
UNKNOWN = "a word that nobody knows"


def trial_tensors(
    inputs: Sequence[TensorInput], n_rows: int, vocabularies: Sequence[Sequence[str]]
) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Yield rows in several manners, the mildest first.

    Encoders of labels may refuse those that they do not know, and formulas may overflow or have no value.

    Args:
        inputs: of the graph.
        n_rows: number of rows.
        vocabularies: lists of words that the graph knows.
    """
    rng = np.random.default_rng(0)
    few = [list(words) for words in vocabularies if words][:MAX_VOCABULARIES]
    texts = [[word for words in few for word in words] or ["a", "b"], *few, [UNKNOWN]]
    types = {each.type for each in inputs}
    for numbers in _NUMBERS if types & {"float", "double", "float16"} else _NUMBERS[:1]:
        for words in texts if "string" in types else texts[:1]:
            for most in (2, 10) if types & {"int64", "int32"} else (2,):
                yield {each.name: _tensor(each, n_rows, _Manner(rng, numbers, words, most)) for each in inputs}


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    return rng.normal(size=shape)


def _positive(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    return np.abs(rng.normal(size=shape)) + 0.01


def _wild(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return small and large numbers, some of them whole, as columns of tables are."""
    values = rng.normal(size=shape) * rng.choice([0.1, 1.0, 10.0, 1000.0], size=shape)
    rounded: npt.NDArray[np.float64] = np.where(rng.random(shape) < 0.3, np.round(values), values)
    return rounded


_NUMBERS = (_normal, _positive, _wild)


@dataclass(frozen=True)
class _Manner:
    """How cells are made up: numbers by a function, words of a list, whole numbers below a bound."""

    rng: np.random.Generator
    numbers: Callable[[np.random.Generator, tuple[int, ...]], npt.NDArray[np.float64]]
    words: Sequence[str]
    most: int


def _tensor(given: TensorInput, n_rows: int, manner: _Manner) -> npt.NDArray[Any]:
    shape = (n_rows,) if given.rank == 1 else (n_rows, len(given.columns))
    if given.type == "string":
        return np.array(manner.words, dtype=np.object_)[manner.rng.integers(len(manner.words), size=shape)]
    if given.type in ("bool", "int64", "int32"):
        most = 2 if given.type == "bool" else manner.most
        return manner.rng.integers(most, size=shape).astype(DTYPES[given.type])
    return manner.numbers(manner.rng, shape).astype(DTYPES[given.type])
