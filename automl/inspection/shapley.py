"""One prediction explained: how much each column of the user's table moved it from where it would be without the row.

Shapley values (Lundberg & Lee 2017), in the unit of the prediction: of a regression's target, or of a class's
probability. Families that can share out their output exactly do (`FittedModel.attributions`); all others together
predict hybrids of the row and rows of the sample, column by column in random orders (Štrumbelj & Kononenko 2014),
each order also backwards (antithetic). Features made of one column count as that column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.inference.model import Model
from automl.models.attributions import Attributions, sum_attributions
from automl.models.base import FittedModel
from automl.parsing.vectorized import TableLike
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.text_encoder import EncodedFeatures, TextEncoder
from automl.resources import usable_cpus

COALITION_SAMPLES = 300
"""Approximate number of hybrid rows predicted for one row: the cost of an explanation without exact shares."""


class Rows(Protocol):
    """Rows that can be chosen from."""

    def __len__(self) -> int: ...
    def take(self, rows: slice) -> Any:
        """Return some of the rows."""
        ...


R = TypeVar("R", bound=Rows)


class HybridMaker(Protocol[R]):
    """What mixes rows, column by column. `FeatureMap.coalition_rows` says how."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def coalition_rows(self, row: R, others: R, other: Array, taken: Array) -> R: ...


class Explainable(Protocol):
    """A model that explains its own predictions."""

    def explain(self, rows: TableLike) -> list[Explanation]: ...


@dataclass(frozen=True)
class Explanation:
    """The explanation of one prediction: `base` plus all contributions is `value`.

    All numbers are in the target's unit for regression; otherwise they are probabilities of the predicted class.

    Attributes:
        base: the average prediction, when nothing is known of a row.
        value: the prediction, or the probability of the predicted class.
        contributions: mapping from each column that the model uses to its Shapley value.
    """

    base: float
    value: float
    contributions: dict[str, float]


def explain(model: Model | Explainable, rows: TableLike) -> list[Explanation]:
    """Explain the predictions for the given rows, in about a millisecond to some hundredths of a second each.

    Args:
        model: the model whose predictions are explained.
        rows: a data frame of n rows, or a mapping from column names to lists of n cells, as for `Model.predict`.

    Returns:
        n explanations in the order of the rows; for classes, each explains the class that `Model.predict` returns.

    Raises:
        DataError: `UNEVEN_COLUMNS`, when the lists have different lengths.
    """
    if not isinstance(model, Model):
        return model.explain(rows)
    table = model.encoder.encode(model.preprocessor.transform(rows))
    if not len(table):
        return []
    owners = FeatureMap.of(model.preprocessor, model.encoder, table)
    raw = model.predict_raw_encoded(table)
    shared = ensemble_attributions(model, table, owners)
    if raw.ndim == 1:
        chosen, output = np.zeros(len(raw), dtype=np.intp), raw[:, None]
    else:
        chosen, output = (raw * np.asarray(model.class_multipliers)).argmax(axis=1), raw
        shared = shared.through_temperature(model.temperature)
    shared = shared.rescaled_to(output)
    row = np.arange(len(output))
    return [
        Explanation(float(base), float(value), dict(zip(owners.names, values.tolist(), strict=True)))
        for base, value, values in zip(
            shared.base[row, chosen], output[row, chosen], shared.values[row, :, chosen], strict=True
        )
    ]


def ensemble_attributions(model: Model, table: EncodedFeatures, owners: FeatureMap) -> Attributions:
    """Share the blend of n encoded rows out to the columns, before calibration: values (n, columns, k)."""
    weighted = [(member.weight / len(member.models), fitted) for member in model.members for fitted in member.models]
    with ThreadPoolExecutor(usable_cpus()) as pool:  # the libraries let go of Python's lock
        computed = list(pool.map(lambda pair: pair[1].attributions(table), weighted))
    inverse = model.scale.inverse_transform
    parts: list[Attributions] = []
    others: list[tuple[float, FittedModel]] = []
    for (weight, fitted), known in zip(weighted, computed, strict=True):
        if known is None:
            others.append((weight, fitted))
            continue
        known = known.aggregated_by(owners.matrix, len(owners.names)).to_probabilities()
        parts.append((known.through_monotone(inverse) if model.task == "regression" else known).scaled(weight))
    if others:

        def answer(hybrids: EncodedFeatures) -> Array:
            total: Any = 0.0
            for weight, fitted in others:
                prediction = fitted.predict(hybrids)
                total = total + weight * (inverse(prediction)[:, None] if prediction.ndim == 1 else prediction)
            return np.asarray(total)

        sample = model.encoder.encode(model.preprocessor.transform(model.sample))
        sampled = [sampling_shapley(answer, table.take(slice(i, i + 1)), sample, owners) for i in range(len(table))]
        parts.append(
            Attributions(
                np.concatenate([each.values for each in sampled]), np.concatenate([each.base for each in sampled])
            )
        )
    return sum_attributions(parts)


@dataclass(frozen=True)
class FeatureMap:
    """Which column of the user's table each feature was made of.

    Attributes:
        names: of the user's columns.
        numeric, categorical: intp, for each such feature the position of its column in `names`.
        terms: (column, its first term, its end) of each text column, in the order of the terms.
    """

    names: tuple[str, ...]
    numeric: npt.NDArray[np.intp]
    categorical: npt.NDArray[np.intp]
    terms: tuple[tuple[int, int, int], ...] = ()

    @classmethod
    def of(cls, plan: Preprocessor, encoder: TextEncoder, table: EncodedFeatures) -> FeatureMap:
        """Read off the steps, and off the names of the vectors made of text."""
        names = tuple(dict.fromkeys(step.column for step in plan.transformers))
        position = {name: i for i, name in enumerate(names)}
        numeric = [position[step.column] for step in plan.transformers for _ in step.numeric_names]
        text = [position[step.column] for step in plan.transformers for _ in step.text_names]
        ends = list(itertools.accumulate(encoder.term_counts, initial=0))
        for owner, count in zip(text, encoder.vector_counts, strict=True):
            numeric += [owner] * count
        return cls(
            names,
            np.array(numeric, dtype=np.intp),
            np.array(
                [position[step.column] for step in plan.transformers for _ in step.categorical_names], dtype=np.intp
            ),
            tuple(zip(text, ends[:-1], ends[1:], strict=True)),
        )

    @property
    def matrix(self) -> npt.NDArray[np.intp]:
        """Owners in the order of `models.base.to_tree_matrix`."""
        return np.concatenate([self.numeric, self.categorical])

    def coalition_rows(
        self, row: EncodedFeatures, others: EncodedFeatures, other: Array, taken: Array
    ) -> EncodedFeatures:
        """Make hybrids (m rows) of a row and others.

        Args:
            row: one row.
            others: b rows.
            other: intp (m,), which of them stands in.
            taken: bool (m, columns), whether a column is taken from the row.
        """
        numeric = np.where(taken[:, self.numeric], row.numeric, others.numeric[other])
        categorical = np.where(taken[:, self.categorical], row.categorical, others.categorical[other])
        mixed = replace(others, numeric=numeric, categorical=categorical)
        if others.tfidf is None:
            return mixed
        from scipy import sparse

        both = sparse.vstack([others.tfidf, row.tfidf], format="csr")
        parts = [both[np.where(taken[:, owner], len(others), other), start:end] for owner, start, end in self.terms]
        return replace(mixed, tfidf=sparse.hstack(parts, format="csr"))


def sampling_shapley(
    answer: Callable[[R], Array],
    row: R,
    sample: R,
    owners: HybridMaker[R],
    seed: int = 0,
) -> Attributions:
    """Estimate interventional Shapley values of any function of one row, by a bounded number of orders.

    Every order goes from a row of the sample to the given row, one column at a time, and back in reverse; what a
    column changes on the way is its contribution. Sums are exact whatever the number of orders.

    Args:
        answer: (m, k) for m rows.
        row: a single row.
        sample: rows to compare with, at least one.
        owners: the columns that features are made of, such as a `FeatureMap`.
        seed: of the orders; the same for all rows, so that equal rows have equal explanations.
    """
    p = len(owners.names)
    rng = np.random.default_rng(seed)
    n_orders = min(max(COALITION_SAMPLES // (2 * p), 2), len(sample))
    steps = np.tri(p + 1, p, -1, dtype=bool)  # row i: the first i columns in order are taken
    orders = [rng.permutation(p) for _ in range(n_orders)]
    permutations = [walk for order in orders for walk in (order, order[::-1])]
    places = [np.argsort(walk) for walk in permutations]
    taken = np.concatenate([steps[:, place] for place in places])
    other = np.repeat(np.arange(n_orders), 2 * (p + 1))
    answers = answer(owners.coalition_rows(row, sample.take(slice(0, n_orders)), other, taken)).astype(np.float64)
    answers = answers.reshape(len(permutations), p + 1, -1)
    gains = np.diff(answers, axis=1)
    values = np.mean([gain[place] for gain, place in zip(gains, places, strict=True)], axis=0)
    return Attributions(values[None], answers[:, 0].mean(axis=0)[None])
