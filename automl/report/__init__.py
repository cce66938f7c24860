"""Reports: a model or a dataset as one HTML page that opens offline and runs nothing; the model's as JSON, too."""

from __future__ import annotations

from automl.report.dataset_report import dataset_report
from automl.report.evaluation_json import model_evaluation
from automl.report.evaluation_report import evaluation_report
from automl.report.model_report import model_report

__all__ = ["dataset_report", "evaluation_report", "model_evaluation", "model_report"]
