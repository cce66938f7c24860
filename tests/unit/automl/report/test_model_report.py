"""Reports of models: complete, offline, and unmoved by hostile names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from automl.evaluation import evaluate
from automl.report import model_report

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></style><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u0000\n",
    "x" * 5000,
    "&lt;b&gt;",
]
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "section", "div", "span", "b",
    "ul", "li", "small", "table", "thead", "tbody", "tr", "th", "td", "br", "pre", "code", "details", "summary",
    "footer", "svg", "line", "text", "polyline", "polygon", "circle", "rect", "strong",
}  # fmt: skip


class Elements(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sample(task: str, names: list[str], classes: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A summary and a report with these columns and classes, every section filled."""
    rng = np.random.default_rng(0)
    n, k = 300, len(classes)
    if task == "regression":
        y: np.ndarray = rng.normal(size=n)
        output: np.ndarray = y + rng.normal(size=n) * 0.3
    else:
        y = rng.integers(0, k, n)
        output = np.exp(rng.normal(size=(n, k)) + 2 * np.eye(k)[y])
        output /= output.sum(axis=1, keepdims=True)
    metric = {"regression": "rmse", "binary": "auc", "multiclass": "log_loss"}[task]
    evaluation = evaluate(y, output, task=task, metric=metric, classes=classes)
    return summary_of(task, metric, names, classes, evaluation), report_of(task, names, n, evaluation)


def summary_of(task: str, metric: str, names: list[str], classes: list[str], evaluation: Any) -> dict[str, Any]:
    score = evaluation["scores"][0]
    return {
        "target": names[0],
        "task": task,
        "metric": metric,
        "classes": classes,
        "features": [{"name": name, "type": "number", "required": True, "typical": name} for name in names],
        "scores": {
            "reported": {metric: {"mean": score["value"], "standard_error": 0.01, "method": names[-1]}},
            "baseline": {metric: {"mean": score["baseline"], "standard_error": None, "method": ""}},
        },
        "leaderboard": [
            {"name": name, "model": "linear", "score": 0.5, "weight": 0.5, "fit_s": 1.0, "predict_ms_per_row": 0.1}
            for name in names
        ],
        "importance": [{"feature": name, "importance": 0.1} for name in names],
        "data_actions": [{"column": name, "action": name, "why": name} for name in names],
        "warnings": names,
    }


def report_of(task: str, names: list[str], n: int, evaluation: Any) -> dict[str, Any]:
    score = evaluation["scores"][0]
    trials = [
        {
            "number": i,
            "model": ("constant", "linear", "lightgbm")[i % 3],
            "state": ("complete", "failed")[i == 7],
            "score": None if i == 7 else score["value"] + i / 100,
            "fit_s": 0.1 * i,
            "started_at": "2026-01-01T00:00:00Z",
            "reason": names[0],
        }
        for i in range(12)
    ]
    series = [{"name": name, "means": [0.1, 0.2]} for name in names]
    return {
        "greater_is_better": task == "binary",
        "evaluation": evaluation,
        "dependence": [
            {"feature": name, "kind": kind, "values": values, "series": series}
            for name, kind, values in zip(
                names * 2,
                ("number", "date", "category"),
                ([1.0, 2.0], ["2020-01-01", "2021-01-01"], names[:2]),
                strict=False,
            )
        ],
        "gain": [
            {"name": names[0], "weight": 0.5, "score": 0.5, "predict_ms_per_row": 1.0},
            {"name": names[-1], "weight": 0.5, "score": 0.6, "predict_ms_per_row": 2.0},
        ],
        "learning": [{"rows": 100, "score": 0.5}, {"rows": 200, "score": 0.6}],
        "learner": names[0],
        "trials": trials,
        "parameters": {"model": "linear", "importance": {name: 0.5 for name in names}},
        "about": {
            "created_at": "2026-01-01T00:00:00+00:00", "rows": n, "columns": len(names), "validation": names[0],
            "time_budget_s": 60.0, "elapsed_s": 59.0, "seed": 0, "trials": 12, "versions": {"numpy": "2"},
        },
    }  # fmt: skip


TASKS = [("regression", []), ("binary", ["no", "yes"]), ("multiclass", list("abcdefghijklmnopqrst"))]


@pytest.mark.parametrize(("task", "classes"), TASKS)
def test_a_page_needs_nothing_from_elsewhere(task: str, classes: list[str]) -> None:
    summary, report = sample(task, ["size", "colour"], classes)
    page = model_report(summary, report)
    found = Elements(page)
    assert found.open == []
    assert found.names <= ELEMENTS
    assert not found.attributes & {"src", "href", "style", "action", "srcdoc", "data"}
    assert not re.search(r"https?://|url\(|@import", page)
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower().split()
    assert len(page) < 300_000


@pytest.mark.parametrize(("task", "classes"), [("regression", []), ("binary", HOSTILE[:2]), ("multiclass", HOSTILE)])
def test_hostile_names_are_text(task: str, classes: list[str]) -> None:
    page = model_report(*sample(task, HOSTILE, classes), name=HOSTILE[0])
    found = Elements(page)
    assert found.open == []
    assert found.names <= ELEMENTS
    assert not {name for name in found.attributes if name.startswith("on")}
    assert "\u202e" not in page
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]
    assert len(page) < 500_000, "long names are cut"


def test_without_a_review_there_is_still_a_page() -> None:
    summary, _ = sample("binary", ["size"], ["no", "yes"])
    page = model_report(summary, {})
    assert Elements(page).open == []
    assert "Usage" in page


def test_the_verdict_comes_first_and_in_plain_words() -> None:
    summary, report = sample("binary", ["size"], ["no", "yes"])
    page = model_report(summary, report)
    assert page.index("of the predictions were correct") < page.index("How far to trust it")
    assert "always predicting the most frequent class" in page


def test_what_could_not_be_measured_is_said() -> None:
    summary, report = sample("binary", ["size"], ["no", "yes"])
    del report["learning"], report["dependence"]
    page = model_report(summary, {**report, "no_learning": "No <time>.", "no_dependence": "Free text."})
    assert "Not measured. No &lt;time&gt;." in page
    assert "Not available. Free text." in page


def test_parameters_are_drawn_against_scores() -> None:
    summary, report = sample("binary", ["size"], ["no", "yes"])
    space = {
        "rate": {"name": "FloatDistribution", "attributes": {"low": 1e-3, "high": 1.0, "log": True, "step": None}},
        "depth": {"name": "IntDistribution", "attributes": {"low": 1, "high": 9, "log": False, "step": 1}},
        "<kind>": {"name": "CategoricalDistribution", "attributes": {"choices": [None, True, "<b>"]}},
        "still": {"name": "IntDistribution", "attributes": {"low": 1, "high": 9, "log": False, "step": 1}},
    }
    for i, trial in enumerate(report["trials"]):
        trial["params"] = {"rate": 0.002 * 1.7**i, "depth": i % 9 + 1, "<kind>": (None, True, "<b>")[i % 2], "still": 1}
    report["trials"][0]["params"] = {"rate": 0.0, "depth": 40, "<kind>": "gone"}  # as of another version
    report = {**report, "spaces": {"linear": space, "lightgbm": space}}
    report["trials"] = [{**trial, "model": "linear", "state": "complete", "score": 0.5} for trial in report["trials"]]
    page = model_report(summary, report)
    assert Elements(page).open == []
    for title in ("Scores by rate", "Scores by depth", "Scores by &lt;kind&gt;"):
        assert title in page
    assert "Scores by still" not in page


def test_many_columns_are_folded_away() -> None:
    summary, report = sample("regression", [f"column {i}" for i in range(250)], [])
    page = model_report(summary, report)
    assert "175 more columns" in page
    assert "… and 50 more columns." in page
