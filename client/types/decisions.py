"""Describe decision rules: from which probability on a binary model answers its positive label."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .base import Record


@dataclass(frozen=True)
class DecisionRule(Record):
    """Say how one of two labels is answered.

    Attributes:
        positive: The label that is answered where its probability is at least the threshold.
        threshold: A probability between 0 and 1.
        gains: What answers were worth when it was chosen, as {tp, fp, fn, tn}; None if nobody said.
        why: Why, in the words of who set it.
        by: Who set it: `user/ID` or `key/ID`; empty for a version's.
        at: Since when a model has it; None for a version's.

    Example:
        >>> rule = client.set_decision(model, 0.3, why="A miss is dear").decision
        >>> rule.positive, rule.threshold, rule.why
        ('Yes', 0.3, 'A miss is dear')
        >>> client.clear_decision(model)
    """

    positive: str
    threshold: float
    gains: dict[str, float] | None = None
    why: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class ThresholdProfit(Record):
    """Say what a threshold earns, of 1,000 rows.

    Attributes:
        threshold: Rows are called positive at and above this probability.
        profit: What the answers are worth together.
        low: Lower end of its interval.
        high: Upper end of its interval.
        tp: Rows of the positive label that are called positive: hits.
        fp: Other rows that are called positive: false alarms.
        fn: Rows of the positive label that are not: misses.
        tn: Other rows that are not.
        called: Share of the rows that are called positive.
        threshold_low: Lowest threshold that may be the best one; only of the best.
        threshold_high: Highest threshold that may be the best one; only of the best.
        why: What the choice rests on; only of the best.

    Example:
        >>> best = client.decision(model, tp=10, fp=-1).best
        >>> best.low <= best.profit <= best.high
        True
    """

    threshold: float = 0.5
    profit: float = 0.0
    low: float = 0.0
    high: float = 0.0
    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    tn: float = 0.0
    called: float = 0.0
    threshold_low: float | None = None
    threshold_high: float | None = None
    why: str = ""


@dataclass(frozen=True)
class DecisionCurve(Record):
    """Say what each threshold of a model earns, on training rows that the predicting models had not seen.

    Attributes:
        model_id: Id of the model.
        positive: The label that is called from a threshold on.
        negative: The other label.
        decision: The rule that the model has, None if it answers as it was trained.
        rows: Number of rows.
        positive_rows: Number of those of the positive label.
        gains: What answers are worth, as {tp, fp, fn, tn}.
        points: The thresholds, ascending.
        current: The threshold that is used now.
        best: The best one; its profit is that to be expected on new rows.
        improvement: The best one's profit over the current one's, as {value, low, high}.
        always: Profit if every row were called positive.
        never: Profit if none were.
        method: How the intervals were made, in words.

    Example:
        >>> curve = client.decision(model, tp=10, fp=-1)
        >>> curve.positive, curve.best.threshold < 0.5, curve.improvement["value"] >= 0
        ('Yes', True, True)
    """

    model_id: str
    positive: str = ""
    negative: str = ""
    decision: DecisionRule | None = None
    rows: int = 0
    positive_rows: int = 0
    gains: dict[str, float] = field(default_factory=dict)
    points: tuple[ThresholdProfit, ...] = ()
    current: ThresholdProfit = ThresholdProfit()
    best: ThresholdProfit = ThresholdProfit()
    improvement: dict[str, float] = field(default_factory=dict)
    always: float = 0.0
    never: float = 0.0
    method: str = ""
