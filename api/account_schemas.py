"""Bodies and answers of accounts, tokens, sessions and API keys."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from api.schemas import Answer, Body
from core import passwords


class SignUpBody(Body):
    """A new account."""

    username = fields.String(
        required=True, metadata={"description": "3 to 64 letters, digits, and . _ - @; case does not matter."}
    )
    password = fields.String(
        required=True, metadata={"description": f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters."}
    )


class SignInBody(Body):
    """Who wants in."""

    username = fields.String(required=True, validate=Length(1, 256))
    password = fields.String(required=True, validate=Length(1, passwords.MAX_LENGTH))


class PasswordBody(Body):
    """A change of the password."""

    current_password = fields.String(required=True, validate=Length(1, passwords.MAX_LENGTH))
    new_password = fields.String(required=True)


class KeyBody(Body):
    """A new API key."""

    name = fields.String(required=True, validate=Length(1, 200), metadata={"description": "What it is for."})


class UserAnswer(Answer):
    """An account."""

    id = fields.String()
    username = fields.String()
    created_at = fields.String()


class QuotasAnswer(Answer):
    """What the account may have."""

    datasets = fields.Integer()
    upload_bytes = fields.Integer(metadata={"description": "Largest CSV, unpacked."})
    queued_jobs = fields.Integer(metadata={"description": "Most jobs that wait or run."})
    running_jobs = fields.Integer(metadata={"description": "Most jobs that run at once."})
    time_budget_s = fields.Integer(metadata={"description": "Longest training."})


class UseAnswer(Answer):
    """What the account has."""

    datasets = fields.Integer()
    bytes = fields.Integer(metadata={"description": "Size of its datasets."})
    queued = fields.Integer()
    running = fields.Integer()


class MeAnswer(UserAnswer):
    """The caller's account."""

    quotas = fields.Nested(QuotasAnswer)
    use = fields.Nested(UseAnswer)


class TokenAnswer(Answer):
    """A token, for `Authorization: Bearer`."""

    token = fields.String()
    expires_at = fields.String()


class SessionAnswer(Answer):
    """A browser's session. Its secret is in the cookie."""

    username = fields.String()
    csrf_token = fields.String(metadata={"description": "To be sent as X-CSRF-Token with unsafe methods."})
    expires_at = fields.String()


class KeyAnswer(Answer):
    """An API key, without its secret."""

    id = fields.String()
    name = fields.String()
    created_at = fields.String()


class NewKeyAnswer(KeyAnswer):
    """An API key just made."""

    key = fields.String(metadata={"description": "The secret: shown this once."})


class ActivityAnswer(Answer):
    """One line of the history."""

    at = fields.String()
    action = fields.String()
    subject = fields.String(metadata={"description": "`kind/id` of what it was done to."})
    detail = fields.String()
