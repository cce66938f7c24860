"""What an estimator does once it is fitted: predict, save, load."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.errors import SpecError
from automl.inference import bundle
from automl.inference.model import Model
from automl.parsing.vectorized import TableLike


class FittedEstimator:
    """The calls of an estimator that need its model."""

    model_: Model

    def predict(self, rows: TableLike) -> Array:
        """Predict labels, or float64 values in the target's unit, of shape (n,), as `Model.predict`.

        Args:
            rows: a data frame of n rows, or a mapping from column names to lists of n cells.

        Raises:
            SpecError: `NOT_FITTED`, before `fit`.

        Example:
            >>> estimator.predict(frame).shape == (len(frame),)
            True
        """
        return self._fitted().predict(rows)

    def predict_proba(self, rows: TableLike) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 of shape (n, k), columns in the order of `classes_`.

        Args:
            rows: as for `predict`.

        Raises:
            SpecError: `NOT_FITTED`, before `fit`; `NO_PROBABILITIES`, for regression.

        Example:
            >>> estimator.predict_proba(guest).shape
            (1, 2)
        """
        return self._fitted().predict_proba(rows)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as a bundle, which `load` reads; the file appears whole or not at all.

        Args:
            path: the file to write; an existing one is replaced.

        Raises:
            SpecError: `NOT_FITTED`, before `fit`.
            OSError: the file cannot be written.

        Example:
            >>> estimator.save("smoker.nb")
            >>> AutoML.load("smoker.nb").task
            'binary'
        """
        bundle.save(self._fitted(), path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Model:
        """Load the model of a bundle, ready to predict.

        Args:
            path: a file that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            BundleError: as in `automl.load`.

        Example:
            >>> estimator.save("smoker.nb")
            >>> AutoML.load("smoker.nb").classes_.tolist()
            ['No', 'Yes']
        """
        return bundle.load(path)

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise SpecError("NOT_FITTED", "This AutoML is not fitted yet.", "Call fit first.")
        return self.model_
