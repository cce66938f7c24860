"""Whoever is keyed by a name of the vocabulary knows all of them, and no other."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import vocabulary
from api.routes.page import shell
from automl import AutoML, metrics, models
from automl.report.formatting import metric_description, metric_name
from automl.spec import FitSpec
from nobrains_client.resources import jobs
from vocabulary import BASELINE, COLUMN_TYPES, FAMILIES, METRICS_BY_TASK, TASKS

ROOT = Path(__file__).parents[2]
PAGE_WORDS = (ROOT / "api/static/app/format.js").read_text()
METRICS = {metric for names in METRICS_BY_TASK.values() for metric in names}


def keys_on_the_page(table: str) -> set[str]:
    """The keys of an object that format.js exports."""
    (body,) = re.findall(rf"export const {table} = \{{(.*?)\}};", PAGE_WORDS, re.DOTALL)
    return set(re.findall(r"(\w+): \"", body))


def test_it_imports_nothing_of_ours() -> None:
    imports = [node for node in ast.walk(ast.parse((ROOT / "vocabulary.py").read_text())) if "Import" in repr(node)]
    assert [node.module for node in imports if isinstance(node, ast.ImportFrom)] == ["typing"]
    assert len(imports) == 1


def test_the_engine_has_every_metric_and_every_family() -> None:
    assert set(metrics.METRICS) == METRICS == set(vocabulary.METRICS)
    assert tuple(METRICS_BY_TASK) == TASKS
    assert list(models.FAMILIES) == list(FAMILIES)
    assert all(models.get_family(name).name == name for name in FAMILIES)
    assert models.available_families() == [name for name in FAMILIES if name != BASELINE]


def test_every_name_has_words_on_the_page_and_in_reports() -> None:
    assert keys_on_the_page("TASKS") == {"auto", *TASKS}
    assert keys_on_the_page("TYPES") == set(COLUMN_TYPES)


def test_page_and_report_describe_each_metric_alike() -> None:
    on_the_page = json.loads(shell.VOCABULARY)["metrics"]
    for metric in METRICS:
        assert on_the_page[metric]["name"] == metric_name(metric)
        assert on_the_page[metric]["description"] == metric_description(metric) != ""
        assert on_the_page[metric]["greater_is_better"] == metrics.METRICS[metric].greater_is_better


def test_page_client_and_engine_have_one_default_limit_for_a_row() -> None:
    limit = vocabulary.DEFAULT_MAX_PREDICT_MS
    assert json.loads(shell.VOCABULARY)["default_max_predict_ms"] == limit
    assert AutoML().max_predict_ms == FitSpec("y").max_predict_ms == jobs.DEFAULT_MAX_PREDICT_MS == limit
