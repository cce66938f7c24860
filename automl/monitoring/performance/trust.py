"""How far an estimate without labels can be trusted, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_OUTSIDE = 0.05
"""Share of rows outside of the reference, beyond what chance makes of it."""
MAX_AUC = 0.8
MIN_REFERENCE_ROWS = 200
BLIND = "No estimate without labels sees the target change for the same inputs; only labels do."


def trust(inputs: Mapping[str, Any], classifier: Mapping[str, Any] | None, reference_rows: int) -> tuple[str, str]:
    """Return (`good` or `low`, why).

    Args:
        inputs: of `Drift`.
        classifier: of `domain_classifier`.
        reference_rows: rows of the reference with a known truth.
    """
    doubts = []
    outside = inputs["outside"]
    if outside["low"] > MAX_OUTSIDE + outside["expected"]:
        doubts.append(f"{outside['share']:.0%} of the rows have a value or a label that training did not have")
    if classifier is not None and classifier["auc"] > MAX_AUC:
        doubts.append(f"a small model tells these rows from the training rows (AUC {classifier['auc']:.2f})")
    if reference_rows < MIN_REFERENCE_ROWS:
        doubts.append(f"only {reference_rows} training rows stand behind it")
    if doubts:
        return "low", f"{_joined(doubts)}. {BLIND}"
    where = "The rows have shifted, within what" if inputs["drifted"] else "The rows look like those that"
    return "good", f"{where} the model was trained on. {BLIND}"


def _joined(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[0].upper() + text[1:]
