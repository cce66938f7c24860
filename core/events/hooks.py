"""Hooks: secret addresses to which anybody may send events of a pipeline.

A token is `nbh_<public half>_<256 random bits>`, of which only the SHA-256 is kept. Its public half is the pipeline's
id: it finds the row, stands in the routing key of messages, and opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.domain.events import Hook
from core.domain.ids import now
from core.domain.records import Json
from core.errors import Corrupted, NotFound, Unauthorized
from core.events import keys
from core.limits.rate_limit import RateLimit
from core.notifications import signing
from core.ports import Tables
from core.settings import Settings
from core.storage import rows
from core.storage.sealed import SecretBox

PREFIX = "nbh_"
SECRET_BYTES = 32
ROUTING = "data."
"""What routing keys of messages begin with; the public half follows."""
_TOKEN = re.compile(r"nbh_([0-9a-z-]{1,64})_[A-Za-z0-9_-]{43}")
_NOBODY = hashlib.sha256(b"").hexdigest()
_AWS = re.compile(r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?/")


@dataclass(frozen=True)
class NewHook:
    """A hook whose token was just made. Token and secret are shown this once."""

    hook: Hook
    token: str
    secret: str | None


class Hooks:
    """The hooks of pipelines."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.secrets = SecretBox(settings)
        self.limit = RateLimit(tables, "events of this pipeline", settings.events_per_minute)

    def make(self, user_id: str, pipeline_id: str, *, signed: bool = False) -> NewHook:
        """Make a token, and a secret for signatures if wanted; those of before are worth nothing from now on.

        Raises Conflict SECRETS_NOT_SET_UP.
        """
        token = f"{PREFIX}{pipeline_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        secret = signing.new_secret() if signed else None
        sealed = "" if secret is None else self.secrets.seal(secret, *_context(user_id, pipeline_id))

        def made(known: Hook | None) -> Hook:
            confirmation = None if known is None else known.confirmation
            return Hook(pipeline_id, user_id, pipeline_id, now(), rows.digest(token), sealed, confirmation)

        hook = rows.update(self.tables, keys.hook_key(pipeline_id), Hook, made)
        assert hook is not None
        return NewHook(hook, token, secret)

    def get(self, user_id: str, pipeline_id: str) -> Hook:
        """Return a pipeline's hook; raises NotFound."""
        hook = self.look_up(user_id, pipeline_id)
        if hook is None:
            raise NotFound("hook of the pipeline", pipeline_id)
        return hook

    def look_up(self, user_id: str, pipeline_id: str) -> Hook | None:
        """Return a pipeline's hook as its owner has it; None where there is none."""
        hook = self.find(pipeline_id)
        return None if hook is None or hook.user_id != user_id or not hook.token_sha256 else hook

    def find(self, public: str) -> Hook | None:
        """Return the hook with this public half, whoever looks for it."""
        raw = self.tables.get(keys.hook_key(public))
        return None if raw is None else rows.load(Hook, raw)

    def open(self, token: str) -> Hook:
        """Return the hook of a token. Raises Unauthorized, in the same words for whatever is wrong with it."""
        match = _TOKEN.fullmatch(token)
        hook = None if match is None else self.find(match[1])
        known = hook.token_sha256 if hook is not None and hook.token_sha256 else _NOBODY
        is_right = hmac.compare_digest(rows.digest(token.encode("utf-8", "replace")), known)
        if hook is None or not is_right:
            raise Unauthorized("There is no hook of this address.")
        return hook

    def check_signature(self, hook: Hook, body: bytes, headers: Mapping[str, str]) -> None:
        """Return if the hook wants no signature, or the headers have a good one. Raises Unauthorized."""
        if not hook.secret:
            return
        try:
            secret = self.secrets.open(hook.secret, *_context(hook.user_id, hook.pipeline_id))
        except Corrupted as exc:
            raise Unauthorized("The secret of this hook is lost: renew it.") from exc
        signing.verify(secret, body, headers, datetime.now(UTC).timestamp())

    def remember_confirmation(self, hook: Hook, request: Json) -> None:
        """Keep the newest subscription that is to be confirmed, for the pipeline's owner to see."""
        url = request.get("SubscribeURL", "")
        shown = {"at": now(), "topic": request.get("TopicArn", "")[:300], "url": url if _AWS.match(url) else ""}
        rows.update(
            self.tables, keys.hook_key(hook.public), Hook,
            lambda known: None if known is None else replace(known, confirmation=shown),
        )  # fmt: skip

    def delete(self, pipeline_id: str, user_id: str) -> None:
        """Delete a pipeline's hook: no event reaches it any more."""
        hook = self.find(pipeline_id)
        if hook is not None and hook.user_id == user_id:
            self.tables.delete(keys.hook_key(pipeline_id))


def public_half(routing_key: str) -> str:
    """Return the public half that a routing key names; "" if it names none."""
    return routing_key.removeprefix(ROUTING) if routing_key.startswith(ROUTING) else ""


def _context(user_id: str, pipeline_id: str) -> tuple[str, str, str]:
    return "hook", user_id, pipeline_id
