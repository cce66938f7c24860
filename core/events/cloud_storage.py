"""Notifications of buckets: an object was written. Each names the object and which of its contents it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from core.domain.events import Document, Event
from core.errors import TooLarge

FINALIZED = "OBJECT_FINALIZE"
CREATED = ("ObjectCreated:", "s3:ObjectCreated:")
BRIDGE_CREATED = "Object Created"


def of_attributes(attributes: Mapping[str, Any]) -> Event | None:
    """Return the event of a notification of Cloud Storage by Pub/Sub; None if these attributes are none of it."""
    names = ("bucketId", "objectId", "eventType")
    if not all(isinstance(attributes.get(name), str) for name in names):
        return None
    generation = str(attributes.get("objectGeneration", ""))
    kind = attributes["eventType"]
    return _event("pubsub", "gs", attributes["bucketId"], attributes["objectId"], generation, kind, kind == FINALIZED)


def of_object(document: Document) -> list[Event] | None:
    """Return the event of an object of Cloud Storage, as Eventarc sends it; None if this is none."""
    if not isinstance(document, dict) or document.get("kind") != "storage#object":
        return None
    bucket, name = document.get("bucket"), document.get("name")
    if not isinstance(bucket, str) or not isinstance(name, str):
        return None
    return [_event("cloudevents", "gs", bucket, name, str(document.get("generation", "")), FINALIZED, True)]


def of_s3_records(document: Document, most: int) -> list[Event] | None:
    """Return the events of a notification of S3; None if this is none. Raises TooLarge."""
    if isinstance(document, dict) and document.get("Event") == "s3:TestEvent":
        return [Event(f"s3 test {document.get('RequestId', '')}", "s3", is_relevant=False)]
    records = document.get("Records") if isinstance(document, dict) else None
    if (
        not isinstance(records, list)
        or not records
        or not all(isinstance(each, dict) and "s3" in each for each in records)
    ):
        return None
    if len(records) > most:
        raise TooLarge("TOO_MANY_EVENTS", f"The notification has {len(records):,} records, more than {most}.")
    return [event for each in records if (event := _of_record(each)) is not None]


def of_event_bridge(document: Document) -> list[Event] | None:
    """Return the event that EventBridge sends, of S3 or of anybody else; None if this is none."""
    if not isinstance(document, dict) or not isinstance(document.get("detail"), dict):
        return None
    if not all(isinstance(document.get(name), str) for name in ("id", "source", "detail-type")):
        return None
    name, kind, detail = (
        f"eventbridge {document['source']} {document['id']}",
        document["detail-type"],
        document["detail"],
    )
    bucket, stored = detail.get("bucket"), detail.get("object")
    if document["source"] == "aws.s3" and isinstance(bucket, dict) and isinstance(stored, dict):
        about = {"bucket": str(bucket.get("name", ""))[:300], "object": str(stored.get("key", ""))[:1100], "kind": kind}
        url = _url("s3", about["bucket"], about["object"])
        return [Event(name, "eventbridge", about=about, object_url=url, is_relevant=kind == BRIDGE_CREATED)]
    return [Event(name, "eventbridge", about={"kind": kind[:300], "source": document["source"][:300]})]


def _of_record(record: Mapping[str, Any]) -> Event | None:
    said = record["s3"]
    bucket, stored = (said.get("bucket"), said.get("object")) if isinstance(said, dict) else (None, None)
    if not isinstance(bucket, dict) or not isinstance(stored, dict):
        return None
    kind = str(record.get("eventName", ""))
    which = str(stored.get("versionId") or stored.get("sequencer") or stored.get("eTag") or record.get("eventTime", ""))
    key = unquote_plus(str(stored.get("key", "")))
    return _event("s3", "s3", str(bucket.get("name", "")), key, which, kind, kind.startswith(CREATED))


def _event(source: Any, scheme: str, bucket: str, key: str, which: str, kind: str, is_new: bool) -> Event:
    """Return an event that is named by the object and its generation: told by two ways, it is one event."""
    about = {"bucket": bucket[:300], "object": key[:1100], "generation": which[:100], "kind": kind[:100]}
    name = f"{scheme} {bucket} {key} {which} {'' if is_new else kind}".strip()
    return Event(name, source, about=about, object_url=_url(scheme, bucket, key), is_relevant=is_new)


def _url(scheme: str, bucket: str, key: str) -> str:
    return f"{scheme}://{bucket}/{quote(key)}"
