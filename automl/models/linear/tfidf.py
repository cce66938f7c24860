"""Linear model on TF-IDF terms beside the other columns: hard to beat on short texts."""

from __future__ import annotations

from automl.models.base import Params, TaskSpec
from automl.models.linear.linear import Linear
from automl.preprocessing.text_encoder import EncodedFeatures


class TfidfLinear(Linear):
    """Terms are many and rare, so the penalty is weaker than for plain columns."""

    name = "text"
    portfolio_ranks = (20, 160, 260)
    uses_terms = True

    def defaults(self, problem: TaskSpec) -> list[Params]:
        return [{"C": strength, "knots": 0, "crosses": False} for strength in (10.0, 100.0, 1.0)]

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        return table.tfidf is not None
