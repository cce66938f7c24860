from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RequestError
from core.events.reading import CLOUD_EVENT, CLOUD_EVENTS, MAX_BYTES, Sent, read_events

ROW = {"age": 39, "income": "high"}
OF_GCS = {"eventType": "OBJECT_FINALIZE", "bucketId": "b", "objectId": "days/1.csv", "objectGeneration": "17"}
CLOUD: dict[str, Any] = {"specversion": "1.0", "id": "e1", "source": "/shop", "type": "sold"}


def sent(body: Any, kind: str = "application/json", name: str = "", **headers: str) -> Sent:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Sent(packed, kind, {key.replace("_", "-"): value for key, value in headers.items()}, name)


def read(body: Any, kind: str = "application/json", name: str = "", **headers: str) -> Any:
    (event,) = read_events(sent(body, kind, name, **headers), 100)
    return event


def s3(event_name: str = "ObjectCreated:Put", key: str = "days/a+b%2Bc.csv") -> dict[str, Any]:
    return {"eventName": event_name, "s3": {"bucket": {"name": "b"}, "object": {"key": key, "sequencer": "5"}}}


def pubsub(**message: Any) -> dict[str, Any]:
    return {"message": {"messageId": "m1", **message}, "subscription": "projects/p/subscriptions/s"}


def sns(**said: Any) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m1", "TopicArn": "arn:aws:sns:eu-west-1:1:t", **said}


@pytest.mark.parametrize("body", [{"rows": [ROW]}, [ROW]])
@pytest.mark.parametrize(
    "kind", ["", "application/json", "text/plain; charset=UTF-8", "application/x-www-form-urlencoded"]
)
def test_rows_alone_are_an_event(body: Any, kind: str) -> None:
    event = read(body, kind)
    assert (event.rows, event.name) == ((ROW,), "")
    assert event.digest != read({"rows": [ROW, ROW]}).digest


@pytest.mark.parametrize("body", [b"", {}, {"build": 7}, 7, "done", {"a": {"b": [1]}}])
def test_anything_else_is_an_event_that_only_tells(body: Any) -> None:
    event = read(body)
    assert (event.rows, event.is_relevant) == ((), True)


def test_no_rows_start_nothing() -> None:
    assert not read({"rows": []}).is_relevant
    assert not read([]).is_relevant


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"webhook_id": "w1"}, "webhook-id w1"),
        ({"idempotency_key": "i1"}, "idempotency-key i1"),
        ({"idempotency_key": "i1", "webhook_id": "w1"}, "webhook-id w1"),
    ],
)
def test_the_transport_names_what_has_no_name(headers: dict[str, str], name: str) -> None:
    assert read({"rows": [ROW]}, **headers).name == name
    assert read({"rows": [ROW]}, name="7").name == "message 7"


def test_a_cloud_event_is_named_by_its_source_and_id_in_whichever_mode() -> None:
    structured = read({**CLOUD, "data": {"rows": [ROW]}}, CLOUD_EVENT)
    assert read({**CLOUD, "data": {"rows": [ROW]}}).name == structured.name
    packed = base64.b64encode(json.dumps({"rows": [ROW]}).encode()).decode()
    assert read({**CLOUD, "data_base64": packed}, CLOUD_EVENT).rows == (ROW,)
    names = {"id": "e1", "source": "/shop", "specversion": "1.0", "type": "sold"}
    for prefix in ("ce-", "cloudevents:", "cloudevents_"):
        binary = Sent(json.dumps([ROW]).encode(), "application/json", {prefix + key: names[key] for key in names})
        (event,) = read_events(binary, 100)
        assert (event.name, event.rows) == (structured.name, (ROW,))
    assert structured.about["type"] == "sold"
    assert read({**CLOUD, "source": "/other"}).name != structured.name


def test_a_batch_is_as_many_events() -> None:
    found = read_events(sent([{**CLOUD, "id": str(n), "data": [ROW]} for n in range(3)], CLOUD_EVENTS), 100)
    assert len({event.name for event in found}) == 3
    assert all(event.rows == (ROW,) for event in found)


def test_an_object_is_one_event_however_it_is_told_of() -> None:
    by_push = read(pubsub(attributes=OF_GCS))
    again = read(pubsub(attributes=OF_GCS, publishTime="later") | {"subscription": "another"})
    assert (by_push.name, by_push.object_url) == (again.name, "gs://b/days/1.csv")
    assert by_push.is_relevant
    assert read(pubsub(attributes={**OF_GCS, "objectGeneration": "18"})).name != by_push.name
    assert not read(pubsub(attributes={**OF_GCS, "eventType": "OBJECT_DELETE"})).is_relevant


def test_what_a_publisher_has_put_into_a_pushed_message_is_read() -> None:
    data = base64.b64encode(json.dumps({"rows": [ROW]}).encode()).decode()
    event = read(pubsub(data=data))
    assert event.rows == (ROW,)
    assert "m1" in event.name
    assert read(pubsub()).rows == ()


def test_notifications_of_s3_come_alone_by_sns_and_by_event_bridge() -> None:
    direct = read({"Records": [s3()]})
    assert direct.object_url == "s3://b/days/a%20b%2Bc.csv"
    assert read(sns(Message=json.dumps({"Records": [s3()]})), "text/plain").name == direct.name
    assert not read({"Records": [s3("ObjectRemoved:Delete")]}).is_relevant
    assert not read({"Event": "s3:TestEvent", "RequestId": "1"}).is_relevant
    assert len(read_events(sent({"Records": [s3(), s3(key="other")]}), 100)) == 2
    detail = {"bucket": {"name": "b"}, "object": {"key": "days/1.csv"}}
    bridge = read({"id": "x", "source": "aws.s3", "detail-type": "Object Created", "detail": detail})
    assert (bridge.object_url, bridge.is_relevant) == ("s3://b/days/1.csv", True)
    assert read({"id": "x", "source": "mine", "detail-type": "Any", "detail": {}}).is_relevant


def test_a_subscription_is_shown_and_starts_nothing() -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    event = read(sns(Type="SubscriptionConfirmation", SubscribeURL=url), "text/plain")
    assert event.confirmation["SubscribeURL"] == url
    assert not event.is_relevant
    assert read(sns(Message="words for people")).is_relevant


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"x" * (MAX_BYTES + 1), "", "TOO_LARGE"),
        (b"{", "", "MALFORMED_JSON"),
        (b'{"rows": [{"a": 1, "a": 2}]}', "", "DUPLICATE_KEY"),
        (b'{"rows": [{"a": NaN}]}', "", "MALFORMED_JSON"),
        (b"a,b\n1,2\n", "text/csv", "UNSUPPORTED_MEDIA_TYPE"),
        ({"rows": {"a": 1}}, "", "BAD_ROWS"),
        ({"rows": [1]}, "", "BAD_ROWS"),
        ({"rows": [{}]}, "", "BAD_ROWS"),
        ({"rows": [{"a": [1]}]}, "", "BAD_ROWS"),
        ({"rows": [{" ": 1}]}, "", "BAD_ROWS"),
        ({"rows": [{"a": 2**70}]}, "", "BAD_ROWS"),
        ({"rows": [{"a": "x" * 100_001}]}, "", "BAD_ROWS"),
        ({"rows": [{f"c{n}": 1 for n in range(101)}]}, "", "TOO_MANY_COLUMNS"),
        ({"rows": [{"a": 1}] * 10_001}, "", "TOO_MANY_ROWS"),
        ({"url": 7}, "", "BAD_URL"),
        ({"specversion": "0.3", "id": "1", "source": "s", "type": "t"}, CLOUD_EVENT, "BAD_CLOUD_EVENT"),
        ({"specversion": "1.0", "id": "", "source": "s", "type": "t"}, CLOUD_EVENT, "BAD_CLOUD_EVENT"),
        ([CLOUD], CLOUD_EVENT, "BAD_CLOUD_EVENT"),
        ([], CLOUD_EVENTS, "BAD_CLOUD_EVENT"),
        ({**CLOUD, "data_base64": "%"}, CLOUD_EVENT, "BAD_BASE64"),
        (pubsub(data="%"), "", "BAD_BASE64"),
        ({"Records": [s3()] * 101}, "", "TOO_MANY_EVENTS"),
    ],
)
def test_what_cannot_be_read_says_why(body: Any, kind: str, reason: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_events(sent(body, kind), 100)
    assert refused.value.reason == reason


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(RequestError, match="BAD_EVENT_ID"):
        read({}, webhook_id="x" * 5000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["rows", "message", "subscription", "messageId", "attributes", "data", "Records", "s3", "bucket", "object",
             "TopicArn", "MessageId", "Message", "Type", "detail", "id", "source", "detail-type", "specversion", "type",
             "kind", "name", "key", "url", "data_base64", "eventName"]
        ) | st.text(max_size=5),
        inner, max_size=6,
    ),
    max_leaves=15,
)  # fmt: skip


HEADERS = st.dictionaries(st.sampled_from(["ce-id", "ce-source", "ce-specversion", "webhook-id"]), st.text(max_size=5))


@given(JSON, st.sampled_from(["", CLOUD_EVENT, CLOUD_EVENTS]), HEADERS)
def test_whatever_comes_is_read_or_refused_in_words(body: Any, kind: str, headers: dict[str, str]) -> None:
    try:
        found = read_events(Sent(json.dumps(body).encode(), kind, headers), 100)
    except RequestError as exc:
        said = [exc.reason, exc.detail]
    else:
        said = [json.dumps([event.about, event.rows, event.name]) for event in found]
    assert all(said)
