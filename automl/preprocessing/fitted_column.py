"""What is done with one column."""

from __future__ import annotations

from dataclasses import dataclass, field

from automl.preprocessing.columns.reading_findings import ReadingFinding
from automl.preprocessing.transformers.basic import Transformer, TransformerOutput


@dataclass
class FittedColumn:
    """What is done with a column and why, in words.

    Attributes:
        action, why: in words.
        transformers: each with what it makes of the training rows; none where the column is not used.
        findings: what is to be told of how it was read.
    """

    action: str
    why: str
    transformers: list[tuple[Transformer, TransformerOutput]]
    findings: list[ReadingFinding] = field(default_factory=list)
