"""The names that users, the API and the engine share, each once: tasks, metrics, model families, column types."""

from typing import Literal, get_args

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = get_args(Task)

_METRICS_OF_LABELS = ("accuracy", "balanced_accuracy", "f1_macro", "mcc")
METRICS_BY_TASK: dict[str, tuple[str, ...]] = {
    "binary": ("auc", "average_precision", "f1", "log_loss", *_METRICS_OF_LABELS),
    "multiclass": ("log_loss", "auc", *_METRICS_OF_LABELS),
    "regression": ("rmse", "mae", "r2", "rmsle", "mape"),
}
"""The first of each task is its default."""

BASELINE = "constant"
"""The family that every search begins with; nobody asks for it."""

FAMILIES = {
    BASELINE: "Always the same answer",
    "linear": "Linear model",
    "text": "Linear model of words",
    "neighbours": "Nearest neighbours",
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
