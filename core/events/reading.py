"""Read events in whichever form they come: bare JSON, CloudEvents 1.0, Pub/Sub, SNS, S3, EventBridge.

What an event is named by, so that it counts once however often it is delivered: its own name in its form; else the
header or property that its transport gives it; else nothing, and then equal bodies within a minute are one event.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.domain.events import Document, Event
from core.errors import Invalid, TooLarge, Unsupported
from core.events import cloud_storage
from core.events.event_rows import MAX_LISTED, rows_of
from core.strict_json import Malformed, parse_json

MAX_BYTES = 8 << 20
MAX_NAME_LENGTH = 1000
MAX_EVENTS = 100
"""Events of one body: a batch of CloudEvents, records of S3."""
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"
JSON_TYPES = ("", "application/json", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded")
"""What is read as JSON: SNS says text/plain, curl the last one."""
BINARY_PREFIXES = ("ce-", "cloudevents:", "cloudevents_")
"""What the attributes of a CloudEvent begin with as headers of HTTP, and as properties of AMQP."""
NAMING_HEADERS = ("webhook-id", "idempotency-key")


@dataclass(frozen=True)
class Sent:
    """What came over a transport. Names of headers are in lower case."""

    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] | None = None
    name: str = ""

    def header(self, name: str) -> str:
        """Return a header, "" if there is none."""
        return (self.headers or {}).get(name, "")


def read_events(sent: Sent, max_columns: int) -> list[Event]:
    """Return the events of what was sent, each with its name.

    Raises RequestError: TooLarge, Unsupported, Malformed, Invalid; then nothing of it may be kept.
    """
    if len(sent.body) > MAX_BYTES:
        raise TooLarge("TOO_LARGE", f"The event has {len(sent.body):,} bytes, more than {MAX_BYTES:,}.")
    kind = sent.content_type.partition(";")[0].strip().lower()
    attributes = _binary_attributes(sent.headers or {})
    if kind not in (*JSON_TYPES, CLOUD_EVENT, CLOUD_EVENTS) and not kind.endswith("+json"):
        raise Unsupported("UNSUPPORTED_MEDIA_TYPE", f"The content type {kind[:100]!r} is not read: send JSON.")
    document = parse_json(sent.body) if sent.body.strip() else {}
    if kind == CLOUD_EVENTS:
        events = [_cloud_event(each, max_columns) for each in _batch(document)]
    elif attributes.get("id"):
        events = [_of_cloud_event(attributes, document, max_columns)]
    elif kind == CLOUD_EVENT or (isinstance(document, dict) and "specversion" in document):
        events = [_cloud_event(document, max_columns)]
    else:
        events = read_document(document, max_columns)
    digest = hashlib.sha256(sent.body).hexdigest()
    named = (_name(each.name or _name_of_transport(sent, i, len(events))) for i, each in enumerate(events))
    return [
        replace(each, name=name, digest=f"{digest} {i}")
        for i, (each, name) in enumerate(zip(events, named, strict=True))
    ]


def read_document(document: Document, max_columns: int) -> list[Event]:
    """Return the events of a JSON document that is no CloudEvent."""
    for form in _FORMS:
        if (found := form(document, max_columns)) is not None:
            return found
    return [_bare(document, max_columns)]


def _bare(document: Document, max_columns: int) -> Event:
    rows = rows_of(document, max_columns)
    if not isinstance(document, dict):
        return Event("", rows=rows or (), about={}, is_relevant=bool(rows) or not isinstance(document, list))
    url = document.get("url", "")
    if not isinstance(url, str) or len(url) > 2000:
        raise Invalid(
            "BAD_URL", "url must be text of at most 2,000 characters.", [{"field": "url", "detail": "no URL"}]
        )
    return Event("", rows=rows or (), about=_about(document), url=url, is_relevant=rows != ())


def _about(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the short plain values of a document."""
    found = {}
    for name, value in document.items():
        if isinstance(value, str | int | float | bool) and len(name) <= 100 and len(str(value)) <= 300:
            found[name] = value
    return dict(list(found.items())[:MAX_LISTED])


def _cloud_event(document: Document, max_columns: int) -> Event:
    if not isinstance(document, dict):
        raise Invalid("BAD_CLOUD_EVENT", "A CloudEvent is a JSON object.")
    data = document.get("data")
    if data is None and "data_base64" in document:
        data = _unpack(document["data_base64"], "data_base64")
    return _of_cloud_event(document, {} if data is None else data, max_columns)


def _of_cloud_event(attributes: Mapping[str, Any], data: Document, max_columns: int) -> Event:
    """Return the event whose attributes these are; it is named by its source and its id together."""
    if not str(attributes.get("specversion", "")).startswith("1."):
        raise Invalid("BAD_CLOUD_EVENT", "CloudEvents of specversion 1.0 are read, and no others.")
    for name in ("id", "source", "type"):
        value = attributes.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_LENGTH:
            detail = f"A CloudEvent has {name}: text of 1 to {MAX_NAME_LENGTH:,} characters."
            raise Invalid("BAD_CLOUD_EVENT", detail, [{"field": name, "detail": detail}])
    found = read_document(data, max_columns)
    if len(found) != 1:
        raise Invalid("BAD_CLOUD_EVENT", "The data of a CloudEvent is one event, and not several.")
    said = {
        name: attributes[name]
        for name in ("type", "source", "subject", "time")
        if isinstance(attributes.get(name), str)
    }
    name = f"cloudevent {attributes['source']} {attributes['id']}"
    form = found[0].source if found[0].source != "json" else "cloudevents"
    return replace(found[0], name=name, source=form, about={**found[0].about, **_about(said)})


def _batch(document: Document) -> list[Document]:
    if not isinstance(document, list) or not 0 < len(document) <= MAX_EVENTS:
        raise Invalid("BAD_CLOUD_EVENT", f"A batch of CloudEvents is a list of 1 to {MAX_EVENTS} of them.")
    return document


def _binary_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in headers.items():
        for prefix in BINARY_PREFIXES:
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] = value
    return found


def _name_of_transport(sent: Sent, position: int, n: int) -> str:
    named = next((f"{header} {sent.header(header)}" for header in NAMING_HEADERS if sent.header(header)), "")
    named = named or (f"message {sent.name}" if sent.name else "")
    return f"{named} {position}" if named and n > 1 else named


def _name(name: str) -> str:
    if len(name) > 2 * MAX_NAME_LENGTH + 20:
        raise Invalid("BAD_EVENT_ID", f"The id of an event has at most {MAX_NAME_LENGTH:,} characters.")
    return name


def _unpack(data: Any, field: str) -> Document:
    """Return the JSON value that stands in an event in base64."""
    try:
        raw = base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error) as exc:
        raise Invalid(
            "BAD_BASE64", f"{field}: this is not base64.", [{"field": field, "detail": "not base64"}]
        ) from exc
    return parse_json(raw) if raw.strip() else {}


def _pubsub(document: Document, max_columns: int) -> list[Event] | None:
    """Read what Pub/Sub pushes: a notification of Cloud Storage, or whatever its publisher has put into `data`."""
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, dict) or "subscription" not in document or not isinstance(message.get("messageId"), str):
        return None
    attributes = message.get("attributes") or {}
    if isinstance(attributes, dict) and (event := cloud_storage.of_attributes(attributes)) is not None:
        return [event]
    data = _unpack(message.get("data") or "", "message.data")
    name = f"pubsub {document['subscription']} {message['messageId']}"
    return [replace(_bare(data, max_columns), name=name, source="pubsub")]


def _sns(document: Document, max_columns: int) -> list[Event] | None:
    """Read what SNS sends: a subscription that is to be confirmed, or a message."""
    if not isinstance(document, dict) or not isinstance(document.get("TopicArn"), str) or "MessageId" not in document:
        return None
    name = f"sns {document['TopicArn']} {document['MessageId']}"
    if document.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        request = {
            name: str(document.get(name, ""))[:2000] for name in ("Type", "TopicArn", "SubscribeURL", "Timestamp")
        }
        return [Event(name, "sns", confirmation=request, is_relevant=False)]
    try:
        message = parse_json(str(document.get("Message", "")).encode())
    except Malformed:  # Words for people: something has happened, and that is all that is known.
        return [Event(name, "sns", about=_about({"subject": document.get("Subject", "")}))]
    found = read_document(message, max_columns)
    if len(found) == 1 and not found[0].name:
        return [replace(found[0], name=name, source="sns")]
    return found


_FORMS: tuple[Callable[[Document, int], list[Event] | None], ...] = (
    _pubsub,
    _sns,
    lambda document, _: cloud_storage.of_s3_records(document, MAX_EVENTS),
    lambda document, _: cloud_storage.of_event_bridge(document),
    lambda document, _: cloud_storage.of_object(document),
)
