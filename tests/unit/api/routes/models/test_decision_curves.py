"""What thresholds of a model earn, over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.records import UPLOADED, Model
from core.service import Service
from core.storage import rows
from tests.unit.api.routes.conftest import Ask
from tests.unit.api.routes.models.test_decisions import decide


def test_the_curve_says_what_thresholds_earn(ask: Ask, model: Model) -> None:
    curve = ask("GET", f"/models/{model.id}/decision?tp=50&fp=-5").get_json()
    assert (curve["positive"], curve["negative"], curve["rows"]) == ("yes", "01", 120)
    assert curve["gains"] == {"tp": 50, "fp": -5, "fn": 0, "tn": 0}
    assert curve["decision"] is None
    assert curve["current"]["threshold"] == pytest.approx(0.5)
    best = curve["best"]
    assert best["low"] <= best["profit"] <= best["high"]
    assert best["threshold"] < 0.5
    assert 0 < best["threshold_low"] <= best["threshold_high"] < 1
    for point in curve["points"]:
        worth = 50 * point["tp"] - 5 * point["fp"]
        assert point["profit"] == pytest.approx(worth)
        assert sum(point[name] for name in ("tp", "fp", "fn", "tn")) == pytest.approx(1000)


def test_the_curve_begins_with_the_rule_that_stands(ask: Ask, model: Model) -> None:
    costs = ask("GET", f"/models/{model.id}/decision").get_json()
    assert costs["gains"] == {"tp": 0, "fp": -1, "fn": -1, "tn": 0}
    decide(ask, model, threshold=0.3, gains={"tp": 7, "fp": -2})
    curve = ask("GET", f"/models/{model.id}/decision").get_json()
    assert curve["gains"] == {"tp": 7, "fp": -2, "fn": 0, "tn": 0}
    assert curve["current"]["threshold"] == 0.3
    assert curve["decision"]["threshold"] == 0.3


def test_gains_that_decide_nothing_are_told(ask: Ask, model: Model) -> None:
    for query, reason in (
        ("tp=1&fp=0", "GAINS_DECIDE_NOTHING"),
        ("tp=nan", "VALIDATION_FAILED"),
        ("tp=1e300", "VALIDATION_FAILED"),
        ("hit=1", "VALIDATION_FAILED"),
        ("tp=1&fp=-1&positive=maybe", "UNKNOWN_POSITIVE_CLASS"),
    ):
        refused = ask("GET", f"/models/{model.id}/decision?{query}")
        assert (refused.status_code, refused.get_json()["reason"]) == (422, reason)


def test_a_model_without_a_reference_has_no_curve(ask: Ask, service: Service, model: Model) -> None:
    key = rows.key("model", model.user_id, model.id)
    for origin in (model.origin, UPLOADED):
        service.ports.tables.put(key, rows.dump(replace(model, reference=None, origin=origin)))
        refused = ask("GET", f"/models/{model.id}/decision")
        assert (refused.status_code, refused.get_json()["reason"]) == (409, "REFERENCE_NOT_AVAILABLE")
