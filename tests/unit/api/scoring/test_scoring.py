"""Messages of an endpoint over the embedded queue, by a really trained model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.middleware.rate_limits import LIMITS
from api.scoring.consumer import ScoringConsumer
from api.serving.serving import EXTENSION
from core.domain.endpoints import Decision, NewVersion, Traffic
from core.domain.prediction_ids import is_prediction_id
from core.errors import Unavailable
from core.message_ports import DEAD
from core.ports import Ports
from core.service import Service
from core.settings import Settings
from tests.unit.api.scoring.conftest import BY, QUEUE, ROW, answered, reasons, send
from tests.unit.api.trained import store


def test_rows_are_answered_as_over_http(
    ports: Ports, income: str, consumer: ScoringConsumer, client: FlaskClient, ada: dict[str, str]
) -> None:
    body = {"instances": [ROW, {"size": "-2.5", "colour": "green"}]}
    send(ports, body, correlation_id="c1", id="m1")
    assert consumer.turn() == 1
    (answer,) = answered(ports)
    assert (answer.correlation_id, answer.id, answer.content_type) == ("c1", "m1", "application/json")
    told = json.loads(answer.body)
    ids = told.pop("prediction_ids")
    assert all(map(is_prediction_id, ids))
    assert len(set(ids)) == 2
    assert told.pop("endpoint") == income
    over_http = client.post(f"/api/v1/endpoints/{income}/predict", headers=ada, json=body).get_json()
    del over_http["prediction_ids"]
    assert told == over_http


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ([ROW], "application/json"),
        (ROW, ""),
        (b"size,colour\n2.5,red\n", "text/csv"),
        (b"colour;size\nred;2.5\n", "text/csv; charset=utf-8"),
    ],
)
def test_a_row_is_read_however_it_is_written(
    ports: Ports, income: str, consumer: ScoringConsumer, body: Any, kind: str
) -> None:
    send(ports, body, content_type=kind)
    consumer.turn()
    (answer,) = answered(ports)
    assert json.loads(answer.body)["predictions"] == ["yes"]


def test_messages_that_wait_are_predicted_in_one_go_and_each_gets_its_own_rows(
    ports: Ports, income: str, consumer: ScoringConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [-2.5, 2.5, -1.5, 1.5]
    for number, size in enumerate(sizes):
        send(ports, [{"size": size, "colour": "red"}] * (number + 1), correlation_id=str(number))
    calls: list[int] = []
    predict = consumer.serving.predict
    monkeypatch.setattr(
        consumer.serving, "predict", lambda *args, **kw: (calls.append(args[1].n), predict(*args, **kw))[1]
    )
    assert consumer.turn() == 4
    assert calls == [1 + 2 + 3 + 4]
    found = {answer.correlation_id: json.loads(answer.body) for answer in answered(ports)}
    for number, size in enumerate(sizes):
        alone = found[str(number)]
        assert alone["predictions"] == ["yes" if size > 0 else "01"] * (number + 1)
        assert len(alone["probabilities"]) == len(alone["prediction_ids"]) == number + 1


def test_a_warning_goes_to_the_message_that_it_is_about(ports: Ports, income: str, consumer: ScoringConsumer) -> None:
    send(ports, [ROW], correlation_id="sound")
    send(ports, [{"size": "many", "colour": "red"}], correlation_id="odd")
    consumer.turn()
    warned = {answer.correlation_id: "warnings" in json.loads(answer.body) for answer in answered(ports)}
    assert warned == {"sound": False, "odd": True}


@pytest.mark.parametrize(
    ("body", "said", "reason"),
    [
        (b"{", {}, "MALFORMED_JSON"),
        ([], {}, "VALIDATION_FAILED"),
        ({"instances": [ROW], "explain": True}, {}, "NOT_EXPLAINED"),
        ([ROW], {"content_type": "application/xml"}, "UNSUPPORTED_MEDIA_TYPE"),
        ([ROW], {"headers": {"Authorization": "Bearer nonsense"}}, "UNAUTHORIZED"),
        ([ROW], {"headers": {"authorization": "Basic YTpi"}}, "UNAUTHORIZED"),
        ([{"colour": "red"}], {}, "MISSING_FEATURE"),
        ({"instances": [{"size": "many", "colour": "red"}], "strict": True}, {}, "INPUT_NOT_USABLE"),
    ],
)
def test_what_cannot_be_predicted_is_a_dead_letter_and_holds_up_nobody(
    ports: Ports, income: str, consumer: ScoringConsumer, body: Any, said: dict[str, Any], reason: str
) -> None:
    send(ports, [ROW], correlation_id="before")
    send(ports, body, **said)
    send(ports, [ROW], correlation_id="after")
    consumer.turn()
    assert {answer.correlation_id for answer in answered(ports)} == {"before", "after"}
    (dead,) = answered(ports, QUEUE + DEAD)
    assert dead.headers["nobrains-reason"] == reason
    assert dead.headers["nobrains-detail"]
    assert "uthorization" not in "".join(dead.headers)
    assert ports.messages is not None
    assert ports.messages.depth(QUEUE) == 0


def test_a_key_must_be_the_owners_and_reach_the_endpoint(
    ports: Ports, income: str, consumer: ScoringConsumer, client: FlaskClient, ada: dict[str, str],
    sign_in: Callable[..., dict[str, str]],
) -> None:  # fmt: skip
    def key(headers: dict[str, str], **narrowed: Any) -> str:
        made = client.post("/api/v1/keys", headers=headers, json={"name": "k", **narrowed})
        return f"Bearer {made.get_json()['key']}"

    client.post("/api/v1/endpoints", headers=ada, json={"name": "other"})
    for good in (ada["Authorization"], key(ada), key(ada, endpoints=["income"])):
        send(ports, [ROW], headers={"authorization": good})
    for bad in (key(ada, endpoints=["other"]), key(ada, scopes=["read"]), sign_in("eve")["Authorization"]):
        send(ports, [ROW], headers={"authorization": bad})
    consumer.turn()
    assert len(answered(ports)) == 3
    assert sorted(reasons(ports)) == ["SCOPE_MISSING", "SCOPE_MISSING", "UNAUTHORIZED"]


def test_a_key_with_each_message_may_be_required(service: Service, ports: Ports, income: str) -> None:
    strict = Service(ports, Settings({}, data=service.settings.data, scoring_keys="required"))
    app = create_app(strict)
    send(ports, [ROW])
    ScoringConsumer(strict, app.extensions[EXTENSION], app.extensions[LIMITS]).turn()
    assert reasons(ports) == ["UNAUTHORIZED"]


def test_a_message_that_comes_again_has_the_same_prediction_ids(
    ports: Ports, income: str, consumer: ScoringConsumer
) -> None:
    for body in ([ROW, ROW], [ROW, ROW], [ROW]):
        send(ports, body, id="m1", sent_at_s=1_700_000_000)
    consumer.turn()
    first, again, other = (json.loads(answer.body)["prediction_ids"] for answer in answered(ports))
    assert first == again
    assert not {*first} & {*other}


def test_a_split_draws_each_message_for_itself(
    service: Service, ada_id: str, ports: Ports, income: str, consumer: ScoringConsumer
) -> None:
    service.versions.register(ada_id, income, NewVersion(store(service, ada_id).id, BY))
    service.endpoints.set_alias(ada_id, income, "challenger", 2, Decision(BY))
    service.endpoints.set_traffic(ada_id, income, Traffic({"challenger": 0.5}), Decision(BY))
    for _ in range(40):
        send(ports, [ROW])
    consumer.turn()
    assert {json.loads(answer.body)["version"] for answer in answered(ports)} == {1, 2}


def test_messages_above_the_account_s_limit_wait_and_are_no_dead_letters(
    ports: Ports, income: str, consumer: ScoringConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer.pace.limit, "most", 3)
    for number in range(5):
        send(ports, [ROW], id=f"m{number}")
    assert consumer.turn() == 3
    assert consumer.turn() == 0
    assert len(answered(ports)) == 3
    assert reasons(ports) == []
    monkeypatch.setattr(consumer.pace.limit, "clock", lambda: time.time() + 60)
    monkeypatch.setattr(consumer.pace, "_until_s", {})
    assert consumer.turn() == 2
    assert len(answered(ports)) == 2


def test_a_key_s_own_limit_counts_its_messages_with_its_requests(
    ports: Ports, income: str, consumer: ScoringConsumer, client: FlaskClient, ada: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(consumer.scorer.limits.keys, "clock", lambda: 60.0)  # All is in one minute.
    made = client.post("/api/v1/keys", headers=ada, json={"name": "k", "endpoints": [income], "per_minute": 3})
    with_key = {"authorization": f"Bearer {made.get_json()['key']}"}
    url = f"/api/v1/endpoints/{income}/predict"
    assert client.post(url, headers=with_key, json={"instances": [ROW]}).status_code == 200
    for number in range(3):
        send(ports, [ROW], headers=with_key, correlation_id=f"key {number}")
    send(ports, [ROW], correlation_id="without")
    consumer.turn()
    assert {answer.correlation_id for answer in answered(ports)} == {"key 0", "key 1", "without"}
    (dead,) = answered(ports, QUEUE + DEAD)
    assert (dead.correlation_id, dead.headers["nobrains-reason"]) == ("key 2", "RATE_LIMITED")
    assert client.post(url, headers=with_key, json={"instances": [ROW]}).status_code == 429


def test_a_message_that_is_scored_again_counts_once_against_its_key(
    ports: Ports, income: str, consumer: ScoringConsumer, client: FlaskClient, ada: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(consumer.scorer.limits.keys, "clock", lambda: 60.0)
    made = client.post("/api/v1/keys", headers=ada, json={"name": "k", "per_minute": 1})
    send(ports, [ROW], headers={"authorization": f"Bearer {made.get_json()['key']}"})

    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("the tables are away")

    with monkeypatch.context() as patched:
        patched.setattr(consumer.serving, "predict", away)
        for _ in range(3):
            with pytest.raises(Unavailable):
                consumer.turn()
    assert consumer.turn() == 1
    assert (len(answered(ports)), reasons(ports)) == (1, [])
