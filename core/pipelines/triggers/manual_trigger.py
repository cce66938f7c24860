"""Runs that a person starts."""

from __future__ import annotations

from core.domain.endpoints import Decision
from core.domain.ids import new_id, now
from core.domain.pipelines import Trigger
from core.domain.records import Json
from core.errors import Invalid
from core.storage import rows
from core.storage.idempotency import MAX_KEY_LENGTH

DIGEST_LENGTH = 32


def manual_trigger(decision: Decision, said: Json, idempotency_key: str | None = None) -> Trigger:
    """Return the trigger of a run that a person starts: each is a run of its own, unless the request is sent again.

    Args:
        decision: whose it is, and why.
        said: what the person wants otherwise than the pipeline says; see `core.pipelines.runs.OVERRIDDEN`.
        idempotency_key: the request's Idempotency-Key.
    """
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= MAX_KEY_LENGTH:
        raise Invalid("BAD_IDEMPOTENCY_KEY", f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters.")
    key = new_id() if idempotency_key is None else rows.digest(idempotency_key)[:DIGEST_LENGTH]
    words = f"a person: {decision.why}" if decision.why else "a person"
    why = {"words": words, "by": decision.by, "reason": decision.why, **said}
    return Trigger(f"m{key}", "manual", now(), why)
