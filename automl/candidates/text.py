"""Linear model on TF-IDF terms beside the other columns: hard to beat on short texts."""

from __future__ import annotations

from automl.candidates.base import Problem
from automl.candidates.linear import Linear
from automl.encode import Encoded


class Text(Linear):
    """Terms are many and rare, so the penalty is weaker than for plain columns."""

    name = "text"
    uses_terms = True
    strengths = (10.0, 100.0, 1.0)

    def suits(self, problem: Problem, table: Encoded) -> bool:
        return table.terms is not None
