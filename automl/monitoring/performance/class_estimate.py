"""Performance of a classifier without labels: what its calibrated probabilities say of its own answers (CBPE)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.monitoring.performance.class_scorer import ClassScorer, Floats, one_hot


class ClassEstimate:
    """Confidence-based performance estimation: an answer of 0.8 is right in 0.8 of a row.

    Args:
        reference: answers to rows whose truth is known, by models that have not seen them.
        codes: (m,) their truth.
        now: answers to new rows.
    """

    method = "CBPE"

    def __init__(self, reference: ClassScorer, codes: Array, now: ClassScorer) -> None:
        self.reference, self.now = reference, now
        self._truth = one_hot(codes, reference.k)
        self._expected = reference.output * (codes >= 0)[:, None]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics that can be estimated."""
        return self.now.metrics

    @property
    def n_reference(self) -> int:
        """Rows of the reference."""
        return len(self._truth)

    @property
    def width(self) -> int:
        """Number of classes."""
        return int(self.now.k)

    def on_reference(self, metric: str, weights: Floats | None = None) -> tuple[float, float]:
        """Return the score on the rows of the reference, and what would have been estimated of them.

        Args:
            metric: one of `metrics`.
            weights: (m,) of the rows; None is 1 each.
        """
        by = 1.0 if weights is None else weights[:, None]
        return self.reference.score(metric, self._truth * by), self.reference.score(metric, self._expected * by)

    def estimated(self, metric: str) -> float:
        """Return the expected score on the new rows."""
        return self.now.score(metric, self.now.output)

    def simulated(self, metric: str, rng: np.random.Generator) -> float:
        """Return a score on the new rows as it would be if the probabilities were right."""
        return self.now.score(metric, _drawn(self.now.output, rng))

    def simulated_on_reference(self, metric: str, weights: Floats, rng: np.random.Generator) -> float:
        """Return the same on weighted rows of the reference."""
        return self.reference.score(metric, _drawn(self.reference.output, rng) * weights[:, None])


def _drawn(probabilities: Floats, rng: np.random.Generator) -> Floats:
    """Draw a class for each row."""
    upto = np.cumsum(probabilities, axis=1)
    drawn: npt.NDArray[np.intp] = (rng.random((len(upto), 1)) * upto[:, -1:] > upto[:, :-1]).sum(axis=1)
    return one_hot(drawn, probabilities.shape[1])
