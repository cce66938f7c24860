"""Bodies and answers of accounts, tokens, sessions and API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from api.schemas.base import Integer, RequestSchema, ResponseSchema
from core.accounts import passwords
from core.domain.users import SCOPES

LAST_YEAR = 9998
"""Last year in which every time of every zone is one of UTC's, too."""


MAX_PER_MINUTE = 10_000_000
MAX_ENDPOINTS = 100


class SignUpBody(RequestSchema):
    """A new account."""

    username = fields.String(
        required=True, metadata={"description": "3 to 64 letters, digits, and . _ - @; case does not matter."}
    )
    password = fields.String(
        required=True, metadata={"description": f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters."}
    )


class SignInBody(RequestSchema):
    """The credentials of a sign-in."""

    username = fields.String(required=True, validate=Length(1, 256))
    password = fields.String(required=True, validate=Length(1, passwords.MAX_LENGTH))


class PasswordBody(RequestSchema):
    """A change of the password."""

    current_password = fields.String(required=True, validate=Length(1, passwords.MAX_LENGTH))
    new_password = fields.String(required=True)


class EndOfKey(fields.AwareDateTime):
    """A time with its zone, as text, that UTC can express."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        at = super()._deserialize(value, attr, data, **kwargs)
        if not 1 < at.year <= LAST_YEAR:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return at.astimezone(UTC)


class KeyBody(RequestSchema):
    """A new API key."""

    name = fields.String(required=True, validate=Length(1, 200), metadata={"description": "Name of the key."})
    scopes = fields.List(
        fields.String(validate=OneOf(SCOPES)),
        load_default=list(SCOPES),
        validate=Length(1, 20),
        metadata={"description": "Permissions: `read`, `train`, `predict`. Default: all."},
    )
    expires_at = EndOfKey(
        load_default=None, allow_none=True, metadata={"description": "RFC 3339 with a time zone. Default: never."}
    )
    per_minute = Integer(
        load_default=None,
        allow_none=True,
        validate=Range(1, MAX_PER_MINUTE),
        metadata={"description": "Max. requests with this key in a minute. Default: as many as the account may."},
    )
    endpoints = fields.List(
        fields.String(validate=Length(1, 63)),
        load_default=None,
        allow_none=True,
        validate=Length(1, MAX_ENDPOINTS),
        metadata={"description": "Predicts with these endpoints, and nothing else; the only scope is `predict` then."},
    )


class UserAnswer(ResponseSchema):
    """An account."""

    id = fields.String()
    username = fields.String()
    created_at = fields.String()


class QuotasAnswer(ResponseSchema):
    """The quotas of the account."""

    datasets = fields.Integer()
    bytes = fields.Integer(metadata={"description": "Max. size of all datasets together."})
    upload_bytes = fields.Integer(metadata={"description": "Max. size of a CSV, uncompressed."})
    queued_jobs = fields.Integer(metadata={"description": "Max. queued and running jobs."})
    running_jobs = fields.Integer(metadata={"description": "Max. running jobs."})
    streams = fields.Integer(metadata={"description": "Max. open event streams."})
    endpoints = fields.Integer()
    time_budget_s = fields.Integer(metadata={"description": "Max. time budget of a job."})


class UseAnswer(ResponseSchema):
    """The use of the account."""

    datasets = fields.Integer()
    bytes = fields.Integer(metadata={"description": "Size of all datasets together."})
    queued = fields.Integer()
    running = fields.Integer()


class MeAnswer(UserAnswer):
    """The caller's account."""

    role = fields.String(metadata={"description": "`user` or `admin`."})
    quotas = fields.Nested(QuotasAnswer)
    use = fields.Nested(UseAnswer)


class TokenAnswer(ResponseSchema):
    """A token, for `Authorization: Bearer`."""

    token = fields.String()
    expires_at = fields.String()


class SessionAnswer(ResponseSchema):
    """A browser's session. Its secret is in the cookie."""

    username = fields.String()
    role = fields.String(metadata={"description": "`user` or `admin`."})
    csrf_token = fields.String(metadata={"description": "Send as X-CSRF-Token with methods that change something."})
    expires_at = fields.String()


class KeyAnswer(ResponseSchema):
    """An API key, without its secret."""

    id = fields.String()
    name = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.String()
    expires_at = fields.String(allow_none=True)
    per_minute = fields.Integer(
        allow_none=True,
        metadata={"description": "Max. requests with this key in a minute."},
    )
    endpoints = fields.List(
        fields.String(), allow_none=True, metadata={"description": "The endpoints that it alone predicts with."}
    )


class NewKeyAnswer(KeyAnswer):
    """An API key that was just created."""

    key = fields.String(metadata={"description": "The secret, returned only once."})


class ActivityAnswer(ResponseSchema):
    """One line of the history."""

    at = fields.String()
    action = fields.String()
    subject = fields.String(metadata={"description": "`kind/id` of the resource."})
    detail = fields.String()
