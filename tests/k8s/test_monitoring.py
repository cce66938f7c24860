"""Alerts and dashboard ask for numbers that there are, in words that Prometheus understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.context import EXTENSION
from backends.factory import create_backends
from core.domain.states import FINAL
from core.observability import metrics
from core.service import Service
from core.settings import Settings
from tests.images.buildah import ROOT
from tests.k8s.kustomize import find

FOLDER = "overlays/gke"
PAGE = (ROOT / "docs" / "monitoring.md").read_text()
INTERVAL = "5m"  # What Grafana puts in the place of its variable.


def alerts() -> list[dict[str, Any]]:
    (group,) = find(FOLDER, "PrometheusRule", "nobrains")["spec"]["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads(find(FOLDER, "ConfigMap", "nobrains-dashboard")["data"]["dashboard.json"])
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


def questions() -> Iterator[str]:
    for alert in alerts():
        yield alert["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", INTERVAL)


def selectors(node: Any) -> Iterator[Any]:
    """All vector selectors of a parsed expression."""
    if type(node).__name__ == "VectorSelector":
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "vs", "args", "param"):
        for child in _listed(getattr(node, name, None)):
            yield from selectors(child)


def _listed(child: Any) -> list[Any]:
    if child is None or isinstance(child, str):
        return []
    return list(child) if isinstance(child, list | tuple) else [child]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = Settings({}, data=str(tmp_path_factory.mktemp("monitoring")))
    ports = create_backends(settings)
    yield create_app(Service(ports, settings), "api")
    ports.close()


@pytest.fixture(scope="module")
def exported(app: Flask) -> dict[str, set[str]]:
    """The names of what /metrics tells, each with its labels."""
    # A number with labels is told of from when it is first spoken of.
    metrics.HTTP_REQUESTS.labels("GET", "/", "200")
    metrics.HTTP_SECONDS.labels("GET", "/")
    metrics.PREDICT_SECONDS.labels("json")
    metrics.TRIAL_SECONDS.labels("linear")
    metrics.WORK_ENDED.labels("train", "failed")
    metrics.TAKEOVERS.labels("train")
    metrics.REPUBLISHED.labels("silent")
    metrics.DEAD_LETTERED.labels("train")
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(app.test_client().get("/metrics").text):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


@pytest.mark.parametrize("question", list(questions()), ids=range(len(list(questions()))))
def test_a_question_is_about_numbers_that_there_are(app: Flask, question: str, exported: dict[str, set[str]]) -> None:
    found = list(selectors(promql_parser.parse(question)))
    assert len(found) == len(re.findall(r"nobrains_\w+", question))
    for each in found:
        assert each.name in exported, f"{each.name} is told by nobody"
        assert {matcher.name for matcher in each.matchers.matchers} <= exported[each.name]
        if each.name == "nobrains_work_ended_total":
            values = {m.value for m in each.matchers.matchers if m.name == "state"}
            assert values <= set(FINAL)
        if each.name == "nobrains_oldest_queued_seconds":
            assert {m.value for m in each.matchers.matchers if m.name == "kind"} <= set(app.extensions[EXTENSION].kinds)
    for labels in re.findall(r"by \(([^)]*)\)", question):
        names = {label.strip() for label in labels.split(",")}
        assert any(names <= exported[each.name] for each in found)


def test_the_route_of_predictions_is_one(app: Flask) -> None:
    named = {route for question in questions() for route in re.findall(r'route="([^"]*)"', question)}
    assert named
    assert named <= {rule.rule for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_and_the_page_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"].endswith(".")
    assert f"| `{alert['alert']}` |" in PAGE
    for label in re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]):
        assert re.search(rf"by \({label}\)", alert["expr"])


def test_the_page_tells_of_no_other_alert() -> None:
    assert set(re.findall(r"\| `(Nobrains\w+)` \|", PAGE)) == {alert["alert"] for alert in alerts()}


def test_panels_lie_side_by_side() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(places) == len(set(places)) == len({panel["id"] for panel in panels()})
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels())
