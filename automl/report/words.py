"""What metrics are called on paper, and what they mean to somebody who does not know them."""

from __future__ import annotations

_METRICS = {
    "auc": ("AUC", "how well it ranks: 0.5 is a coin, 1 perfect"),
    "log_loss": ("log loss", "how good its probabilities are: the lower the better"),
    "accuracy": ("accuracy", "share of right answers"),
    "balanced_accuracy": ("balanced accuracy", "share found of each class, all classes counting the same"),
    "f1": ("F1", "precision and recall of the positive class in one"),
    "f1_macro": ("F1, macro", "the same of each class, all classes counting the same"),
    "average_precision": ("average precision", "area below the precision-recall curve"),
    "mcc": ("MCC", "correlation of answer and truth: 0 is chance, 1 perfect"),
    "rmse": ("RMSE", "typical error in the target's unit, large errors weighing more"),
    "mae": ("MAE", "mean error in the target's unit"),
    "r2": ("R²", "share of the target's variance that is explained"),
    "rmsle": ("RMSLE", "typical error of the logarithm: of ratios rather than differences"),
    "mape": ("MAPE", "mean error as a share of the truth: 1 is 100 %"),
}


def metric_name(metric: str) -> str:
    """`auc` as `AUC`; one that is not known stays as it is."""
    return _METRICS.get(metric, (metric, ""))[0]


def metric_meaning(metric: str) -> str:
    """In a few words; empty where it is not known."""
    return _METRICS.get(metric, ("", ""))[1]
