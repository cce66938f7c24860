"""Bodies and answers of secrets: what is kept is never given out."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from api.schemas.base import RequestSchema, ResponseSchema

MAX_CHARACTERS = 64 * 1024


class SecretBody(RequestSchema):
    """What is to be kept."""

    value = fields.String(
        required=True, validate=Length(1, MAX_CHARACTERS),
        metadata={"description": "A password, a key, or credentials as JSON. It is encrypted, and shown to nobody."},
    )  # fmt: skip


class SecretAnswer(ResponseSchema):
    """That there is a secret."""

    name = fields.String()
    changed_at = fields.String()
