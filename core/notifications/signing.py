"""Requests of webhooks, signed as Standard Webhooks say (https://www.standardwebhooks.com), and CloudEvents 1.0."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

from core.domain.notifications import Notification
from core.domain.records import Json
from core.storage import rows

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
CLOUD_EVENT = "application/cloudevents+json"


def new_secret() -> str:
    """Return a new secret, as its receiver gives it to the library that verifies."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def payload(notification: Notification) -> bytes:
    """Return the body: {type, timestamp, data}. The same each time that it is sent."""
    return rows.dump({"type": notification.type, "timestamp": notification.at, "data": notification.data})


def signed_headers(secret: str, id: str, body: bytes, at_s: int | None = None) -> dict[str, str]:
    """Return the headers that name, date and sign a body."""
    stamp = int(time.time()) if at_s is None else at_s
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def cloud_event(user_id: str, notification: Notification) -> Json:
    """Return the notification as a CloudEvent, in structured mode."""
    event = {
        "specversion": "1.0",
        "id": notification.id,
        "source": f"/nobrains/users/{user_id}",
        "type": f"nobrains.{notification.type}",
        "time": notification.at,
        "datacontenttype": "application/json",
        "data": notification.data,
    }
    return event if notification.endpoint is None else {**event, "subject": f"endpoint/{notification.endpoint}"}


def routing_key(user_id: str, notification: Notification) -> str:
    """Return the key by which consumers of the exchange choose, such as `job.succeeded.<user's id>`."""
    return f"{notification.type}.{user_id}"
