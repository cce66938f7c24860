"""Decision rules over HTTP: every way of predicting answers by them, and nothing that was reported changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.records import Model
from core.models.exports import bundle_ref, export_ref, mlflow_ref
from core.service import Service
from tests.unit.api.routes.conftest import Ask
from tests.unit.api.trained import store
from tests.waiting import wait_for

ROWS = [{"size": round(0.1 * i - 2, 2), "colour": "red" if i % 2 else "green"} for i in range(40)]


def decide(ask: Ask, model: Model, **body: Any) -> TestResponse:
    return ask("PUT", f"/models/{model.id}/decision", json=body)


def expected(answer: dict[str, Any], threshold: float) -> list[str]:
    return ["yes" if row["yes"] >= threshold else "01" for row in answer["probabilities"]]


@pytest.mark.parametrize("threshold", [0.03, 0.35, 0.97])
def test_a_rule_changes_the_labels_and_no_probability(ask: Ask, model: Model, threshold: float) -> None:
    before = predicted(ask, model, None)
    made = decide(ask, model, threshold=threshold, gains={"tp": 5, "fp": -1}, why="a miss is dear")
    assert made.status_code == 200
    rule = made.get_json()["decision"]
    assert (rule["positive"], rule["threshold"], rule["why"]) == ("yes", threshold, "a miss is dear")
    assert rule["gains"] == {"tp": 5, "fp": -1, "fn": 0, "tn": 0}
    assert rule["by"].startswith("user/")
    assert ask("GET", f"/models/{model.id}").get_json()["decision"] == rule
    answer = predicted(ask, model, threshold)
    assert answer["predictions"] == expected(before, threshold)
    assert answer["probabilities"] == before["probabilities"]
    assert ask("GET", f"/models/{model.id}").get_json()["scores"] == model.summary["scores"]


def predicted(ask: Ask, model: Model, threshold: float | None, **body: Any) -> dict[str, Any]:
    """The answer once the rule is in force: rows of models are remembered for a second."""

    found: dict[str, Any] = {}

    def is_in_force() -> bool:
        answer = ask("POST", f"/models/{model.id}/predict", json={"instances": ROWS, **body}).get_json()
        found.update(answer=answer)
        return bool(answer.get("decision", {}).get("threshold") == threshold)

    wait_for(is_in_force)
    return dict(found["answer"])


def test_predictions_as_json_and_as_csv_answer_by_it(ask: Ask, model: Model) -> None:
    decide(ask, model, threshold=0.2)
    answer = predicted(ask, model, 0.2)
    assert answer["decision"] == {"positive": "yes", "threshold": 0.2}
    assert answer["predictions"] == expected(answer, 0.2)
    assert answer["predictions"] != expected(answer, 0.5)
    text = "size,colour\n" + "".join(f"{row['size']},{row['colour']}\n" for row in ROWS)
    table = ask("POST", f"/models/{model.id}/predict", data=text, headers={"Content-Type": "text/csv"})
    assert table.headers["X-Decision-Threshold"] == "0.2"
    assert [row["prediction"] for row in csv.DictReader(io.StringIO(table.text))] == answer["predictions"]


def test_an_explanation_is_of_the_label_that_is_answered(ask: Ask, model: Model) -> None:
    decide(ask, model, threshold=0.001)
    answer = predicted(ask, model, 0.001, instances=ROWS[:3], explain=True)
    assert answer["predictions"] == ["yes"] * 3
    for row, base, shares in zip(
        answer["probabilities"], answer["explanation_bases"], answer["explanations"], strict=True
    ):
        assert base + sum(shares.values()) == pytest.approx(row["yes"])


def test_the_other_label_may_be_the_positive_one(ask: Ask, model: Model) -> None:
    assert decide(ask, model, threshold=0.2, positive="01").status_code == 200
    answer = predicted(ask, model, 0.2)
    assert answer["predictions"] == ["01" if row["01"] >= 0.2 else "yes" for row in answer["probabilities"]]


def test_a_rule_that_was_deleted_decides_nothing(ask: Ask, model: Model) -> None:
    decide(ask, model, threshold=0.01)
    predicted(ask, model, 0.01)
    assert ask("DELETE", f"/models/{model.id}/decision").status_code == 204
    assert ask("DELETE", f"/models/{model.id}/decision").status_code == 204
    assert predicted(ask, model, None)["predictions"] == expected(predicted(ask, model, None), 0.5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "VALIDATION_FAILED"),
        ({"threshold": 0}, "VALIDATION_FAILED"),
        ({"threshold": 1}, "VALIDATION_FAILED"),
        ({"threshold": "0.3"}, "VALIDATION_FAILED"),
        ({"threshold": True}, "VALIDATION_FAILED"),
        ({"threshold": 0.3, "gains": {"tp": 1e13}}, "VALIDATION_FAILED"),
        ({"threshold": 0.3, "gains": {"hit": 1}}, "VALIDATION_FAILED"),
        ({"threshold": 0.3, "positive": "maybe"}, "UNKNOWN_POSITIVE_CLASS"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(ask: Ask, model: Model, body: dict[str, Any], reason: str) -> None:
    refused = decide(ask, model, **body)
    assert (refused.status_code, refused.get_json()["reason"]) == (422, reason)
    assert ask("GET", f"/models/{model.id}").get_json()["decision"] is None


def test_only_two_labels_can_be_decided_between(ask: Ask, service: Service, ada_id: str) -> None:
    regression = store(service, ada_id, "amount")
    for refused in (decide(ask, regression, threshold=0.3), ask("GET", f"/models/{regression.id}/decision?tp=1&fp=-1")):
        assert (refused.status_code, refused.get_json()["reason"]) == (422, "DECISION_NEEDS_TWO_CLASSES")


def test_another_users_model_is_not_there(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], model: Model
) -> None:
    bob = sign_in("bob")
    path = f"/api/v1/models/{model.id}/decision"
    answers = [client.put(path, headers=bob, json={"threshold": 0.3}), client.get(path, headers=bob)]
    answers.append(client.delete(path, headers=bob))
    assert [answer.status_code for answer in answers] == [404] * 3


def test_a_version_keeps_the_rule_that_its_model_had(ask: Ask, model: Model) -> None:
    decide(ask, model, threshold=0.2)
    ask("POST", "/endpoints", json={"name": "answers", "model_id": model.id})
    decide(ask, model, threshold=0.9)
    ask("POST", "/endpoints/answers/versions", json={"model_id": model.id})
    ask("POST", "/endpoints/answers/versions", json={"model_id": model.id, "decision": None})
    own = {"threshold": 0.6, "positive": "01", "gains": {"tn": 3, "fp": -3}}
    ask("POST", "/endpoints/answers/versions", json={"model_id": model.id, "decision": own})
    ask("DELETE", f"/models/{model.id}/decision")
    listed = ask("GET", "/endpoints/answers/versions").get_json()["items"]
    kept = {each["version"]: each["decision"] and each["decision"]["threshold"] for each in listed}
    assert kept == {1: 0.2, 2: 0.9, 3: None, 4: 0.6}
    assert listed[0]["decision"]["positive"] == "01"
    for version, threshold in ((1, 0.2), (2, 0.9), (3, 0.5)):
        answer = ask("POST", f"/endpoints/answers/predict?version={version}", json={"instances": ROWS}).get_json()
        assert answer["predictions"] == expected(answer, threshold)
        assert answer.get("decision", {}).get("threshold") == kept[version]
    text = "size,colour\n" + "".join(f"{row['size']},{row['colour']}\n" for row in ROWS)
    table = ask(
        "POST", "/endpoints/answers/predict?version=2", data=text, headers={"Content-Type": "text/csv"}
    )  # fmt: skip
    assert table.headers["X-Decision-Threshold"] == "0.9"


def test_a_version_s_own_rule_must_suit_its_model(ask: Ask, model: Model) -> None:
    ask("POST", "/endpoints", json={"name": "answers", "model_id": model.id})
    body = {"model_id": model.id, "decision": {"threshold": 0.3, "positive": "maybe"}}
    refused = ask("POST", "/endpoints/answers/versions", json=body)
    assert (refused.status_code, refused.get_json()["reason"]) == (422, "UNKNOWN_POSITIVE_CLASS")


def test_rows_that_versions_with_several_rules_answer_say_so(ask: Ask, model: Model) -> None:
    ask("POST", "/endpoints", json={"name": "answers", "model_id": model.id})
    body = {"model_id": model.id, "decision": {"threshold": 0.05}}
    ask("POST", "/endpoints/answers/versions", json=body)
    ask("PUT", "/endpoints/answers/aliases/challenger", json={"version": 2})
    ask("PUT", "/endpoints/answers/traffic", json={"split": {"challenger": 0.5}, "sticky": "key"})
    keys = [f"row {i}" for i in range(len(ROWS))]
    answer = ask("POST", "/endpoints/answers/predict", json={"instances": ROWS, "keys": keys}).get_json()
    assert "decision" not in answer
    assert set(answer["versions"]) == {1, 2}
    for version, rule, label, row in zip(
        answer["versions"], answer["decisions"], answer["predictions"], answer["probabilities"], strict=True
    ):
        assert rule == (None if version == 1 else {"positive": "yes", "threshold": 0.05})
        assert label == ("yes" if row["yes"] >= (0.5 if rule is None else 0.05) else "01")


def test_stored_predictions_keep_the_rule_of_when_they_were_requested(
    ask: Ask, service: Service, model: Model, ada_id: str
) -> None:
    upload = ask("POST", "/datasets?name=rows.csv", data=b"size,colour\n1,red\n2,green\n",
                 headers={"Content-Type": "text/csv"}).get_json()  # fmt: skip
    decide(ask, model, threshold=0.2, why="first")
    made = ask("POST", f"/models/{model.id}/predictions", json={"dataset_id": upload["id"]}).get_json()
    decide(ask, model, threshold=0.8)
    prediction = service.predictions.find(ada_id, made["id"])
    assert prediction is not None
    assert prediction.decision == {"positive": "yes", "threshold": 0.2}


def test_files_with_a_rule_are_files_of_their_own(model: Model) -> None:
    ruled = [replace(model, decision={"positive": "yes", "threshold": each, "why": str(each)}) for each in (0.2, 0.3)]
    again = replace(ruled[0], decision={**(ruled[0].decision or {}), "why": "other words"})
    for ref in (lambda found: export_ref(found, None), mlflow_ref, bundle_ref):
        assert len({ref(each).id for each in (model, *ruled, again)}) == 3
        assert ref(again) == ref(ruled[0])
        assert all(ref(each).id.startswith(f"{model.id}-") for each in (model, *ruled))
