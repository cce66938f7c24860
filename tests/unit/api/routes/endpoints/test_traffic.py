"""Which version answers a request, which one predicts in its shadow, and how soon a change is seen."""

from __future__ import annotations

import pytest

from core.domain.endpoints import Decision, NewVersion
from core.endpoints.routing import choose_alias
from core.observability.metrics import REGISTRY
from core.service import Service
from tests.unit.api.routes.endpoints.conftest import BY, ROW, Post, share
from tests.unit.api.trained import store
from tests.waiting import wait_for


def test_keys_decide_on_the_version_of_each_row(post: Post, income: str, service: Service, ada_id: str) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    endpoint = service.endpoints.get(ada_id, "income")
    keys = [f"customer {i}" for i in range(20)]
    expected = [choose_alias(endpoint, key) for key in keys]
    for _ in range(2):
        answer = post(json={"instances": [ROW] * 20, "keys": keys}).get_json()
        assert answer["aliases"] == expected
        assert answer["versions"] == [{"champion": 1, "challenger": 2}[alias] for alias in expected]
        assert (answer["version"], answer["alias"]) == (answer["versions"][0], expected[0])
        assert len(answer["probabilities"]) == len(answer["prediction_ids"]) == 20
    assert len(set(expected)) == 2
    for key, alias in zip(keys[:4], expected, strict=False):
        single = post(json={"instances": [ROW, ROW], "key": key}).get_json()
        assert single["alias"] == alias
        assert "versions" not in single


def test_without_keys_the_prediction_id_decides(post: Post, income: str, service: Service, ada_id: str) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    endpoint = service.endpoints.get(ada_id, "income")
    answers = [post(json={"instances": [ROW, ROW]}).get_json() for _ in range(20)]
    for answer in answers:
        assert answer["alias"] == choose_alias(endpoint, answer["prediction_ids"][0])
    assert {answer["version"] for answer in answers} == {1, 2}


def test_rows_of_several_versions_are_warned_of_together_and_explained_by_their_own(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    instances = [{"size": i / 10, "colour": "mauve"} for i in range(12)]
    body = {"instances": instances, "keys": [str(i) for i in range(12)], "explain": True}
    answer = post(json=body).get_json()
    assert len(set(answer["versions"])) == 2
    [warning] = answer["warnings"]
    assert (warning["column"], warning["count"]) == ("colour", 12)
    for row, base, parts, label in zip(
        answer["probabilities"], answer["explanation_bases"], answer["explanations"], answer["predictions"], strict=True
    ):
        assert base + sum(parts.values()) == pytest.approx(row[label])


def test_versions_of_which_one_predicts_numbers_do_not_answer_one_request(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    numbers = NewVersion(store(service, ada_id, "amount").id, BY)
    service.versions.register(ada_id, "income", numbers, force_signature=True)
    service.endpoints.set_alias(ada_id, "income", "challenger", 3, Decision(BY))
    share(service, ada_id, split={"challenger": 0.5}, sticky="key")
    answer = post(json={"instances": [ROW] * 20, "keys": [str(i) for i in range(20)]})
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "VERSIONS_DIFFER")
    assert post(version="challenger", json={"instances": [ROW]}).get_json()["predictions"] == [pytest.approx(25, abs=5)]


def test_shadows_predict_after_the_answer_and_count_what_they_think(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def agreed() -> float:
        return REGISTRY.get_sample_value("nobrains_shadow_predictions_total", {"outcome": "agreed"}) or 0

    share(service, ada_id, shadow=["challenger"])
    before = agreed()
    with post(json={"instances": [ROW, ROW]}) as answer:
        assert answer.get_json()["version"] == 1
    wait_for(lambda: agreed() == before + 2)


def test_a_version_whose_bundle_is_gone_is_nothing_that_the_champion_notices(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def failed() -> float:
        return REGISTRY.get_sample_value("nobrains_shadow_predictions_total", {"outcome": "failed"}) or 0

    share(service, ada_id, shadow=["challenger"])
    version = service.versions.get(ada_id, "income", 2)
    service.ports.blobs.delete(service.models.get(ada_id, version.model_id).blob)
    before = failed()
    with post(json={"instances": [ROW]}) as answer:
        assert answer.status_code == 200
    wait_for(lambda: failed() == before + 1)
    assert post(json={"instances": [ROW]}).status_code == 200


def test_what_is_promoted_answers_within_seconds_and_what_is_deleted_no_more(
    post: Post, income: str, service: Service, ada_id: str
) -> None:
    def version() -> int | None:
        return post(json={"instances": [ROW]}).get_json().get("version")

    assert version() == 1
    service.endpoints.set_alias(ada_id, "income", "champion", 2, Decision(BY))
    wait_for(lambda: version() == 2, patience_s=10)
    service.endpoints.rollback(ada_id, "income", Decision(BY))
    wait_for(lambda: version() == 1, patience_s=10)
