"""Requests of webhooks, signed as Standard Webhooks say (https://www.standardwebhooks.com), and CloudEvents 1.0."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping

from core.domain.notifications import Notification
from core.domain.records import Json
from core.errors import Unauthorized
from core.storage import rows

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
CLOUD_EVENT = "application/cloudevents+json"
TOLERANCE_S = 300
"""Seconds that the time of a signature may be away: an older request was recorded, and is sent again by somebody."""
MAX_SIGNATURES_LENGTH = 2000
"""Characters of the header that are read: a sender that changes its secret signs with both."""


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


def verify(secret: str, body: bytes, headers: Mapping[str, str], at_s: float) -> None:
    """Return if the headers, by their names in lower case, have a good signature of the body that is not old.

    Raises Unauthorized.
    """
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not re.fullmatch(r"[0-9]{1,12}", stamp):
        raise Unauthorized("This address takes signed requests: send webhook-id, -timestamp and -signature.")
    if abs(at_s - int(stamp)) > TOLERANCE_S:
        raise Unauthorized(f"webhook-timestamp is more than {TOLERANCE_S} s away from this server's clock.")
    wanted = signed_headers(secret, id, body, int(stamp))["webhook-signature"]
    sent = headers.get("webhook-signature", "")[:MAX_SIGNATURES_LENGTH].split(" ")
    if not any([hmac.compare_digest(wanted.encode(), each.encode("utf-8", "replace")) for each in sent]):
        raise Unauthorized("webhook-signature is not one of this body with the secret of this address.")


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
