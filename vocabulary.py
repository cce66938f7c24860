"""The names that users, the API and the engine share, each once: tasks, metrics, model families, column types."""

from typing import Literal, NamedTuple, get_args

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = get_args(Task)

_METRICS_OF_LABELS = ("accuracy", "balanced_accuracy", "f1_macro", "mcc")
METRICS_BY_TASK: dict[str, tuple[str, ...]] = {
    "binary": ("auc", "average_precision", "f1", "log_loss", *_METRICS_OF_LABELS),
    "multiclass": ("log_loss", "auc", *_METRICS_OF_LABELS),
    "regression": ("rmse", "mae", "r2", "rmsle", "mape"),
}
"""The first of each task is its default."""


DEFAULT_TIME_BUDGET_S = 300
"""Seconds that a training fits models for unless somebody says otherwise: over HTTP, on the page, as a command."""

DEFAULT_MAX_PREDICT_MS = 10.0
"""Milliseconds that the models of an ensemble may take for one row together, unless somebody asks for another limit or
for none. Measured warm, the least of several runs; cleaning the row comes on top."""


class MetricInfo(NamedTuple):
    """What people read of a metric: its name, a description, and whether more is better."""

    name: str
    description: str
    greater_is_better: bool


METRICS = {
    "auc": MetricInfo("AUC", "area under the ROC curve (0.5 is random guessing, 1 is perfect)", True),
    "average_precision": MetricInfo("Average precision", "area under the precision-recall curve (1 is perfect)", True),
    "f1": MetricInfo("F1", "harmonic mean of precision and recall of the positive class (1 is perfect)", True),
    "log_loss": MetricInfo("Log loss", "penalizes confident wrong probabilities (0 is perfect)", False),
    "accuracy": MetricInfo("Accuracy", "share of rows predicted correctly (1 is perfect)", True),
    "balanced_accuracy": MetricInfo("Balanced accuracy", "mean recall over all classes (1 is perfect)", True),
    "f1_macro": MetricInfo("F1 (macro)", "mean F1 over all classes (1 is perfect)", True),
    "mcc": MetricInfo("MCC", "Matthews correlation coefficient (0 is random guessing, 1 is perfect)", True),
    "rmse": MetricInfo("RMSE", "root mean squared error, in the unit of the target (0 is perfect)", False),
    "mae": MetricInfo("MAE", "mean absolute error, in the unit of the target (0 is perfect)", False),
    "r2": MetricInfo("R²", "share of the target's variance explained (1 is perfect)", True),
    "rmsle": MetricInfo("RMSLE", "root mean squared error of the logarithms (0 is perfect)", False),
    "mape": MetricInfo("MAPE", "mean absolute error as a share of the actual value (0 is perfect)", False),
}

BASELINE = "constant"
"""The family that every search begins with; it cannot be chosen."""

FAMILIES = {
    BASELINE: "Baseline",
    "linear": "Linear model",
    "text": "Linear model on text (TF-IDF)",
    "neighbours": "Nearest neighbors",
    "kernel": "Kernel machine",
    "random_forest": "Random forest",
    "extra_trees": "Extra trees",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "xgboost": "XGBoost",
    "neural": "Neural network",
}
"""Model families, and what people call them."""

COLUMN_TYPES = ("number", "category", "boolean", "date", "text", "id", "constant")

DECIMAL_SIGNS = (".", ",")
DATE_ORDERS = ("month_first", "day_first", "year_first")
"""Orders of a date of three numbers: 3/31/2024, 31/3/2024, and with two digits of the year 24-03-31."""

MAX_UNIT_CHARACTERS = 20
"""Maximum characters of a column's unit."""
