"""Bodies and answers of administration."""

from __future__ import annotations

from typing import get_args

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from api.schemas.accounts import SignUpBody, UseAnswer, UserAnswer
from api.schemas.base import Integer, PageQuery, RequestSchema, ResponseSchema
from api.schemas.jobs import JobAnswer
from core.domain.states import STATES
from core.domain.users import Role
from core.limits.quotas import NAMES

ROLES = get_args(Role)


class UsersQuery(PageQuery):
    """A filter of accounts."""

    username = fields.String(
        load_default=None, validate=Length(1, 256), metadata={"description": "Only the account of this username."}
    )


class EveryJobQuery(PageQuery):
    """A filter of the jobs of all accounts."""

    state = fields.String(load_default=None, validate=OneOf(STATES))


class AuditQuery(PageQuery):
    """A filter of the audit log."""

    actor = fields.String(
        load_default=None,
        validate=Length(1, 100),
        metadata={"description": "Only actions of the account with this id."},
    )


class NewUserBody(SignUpBody):
    """An account created by an administrator, even if sign-up is closed."""

    role = fields.String(load_default="user", validate=OneOf(ROLES))


class RoleBody(RequestSchema):
    """The role of an account."""

    role = fields.String(required=True, validate=OneOf(ROLES))


class NewPasswordBody(RequestSchema):
    """A password set by an administrator."""

    new_password = fields.String(required=True)


QuotasBody = RequestSchema.from_dict(
    {
        name: Integer(load_default=None, allow_none=True, validate=Range(0), metadata={"description": "null: default."})
        for name in NAMES
    },
    name="QuotasBody",
)
"""Quotas of one account; a missing or null one is the default."""


class AccountAnswer(UserAnswer):
    """An account, as an administrator sees it."""

    role = fields.String(validate=OneOf(ROLES))
    locked = fields.Boolean()
    quotas = fields.Dict(fields.String(), fields.Integer(), metadata={"description": "Effective quotas."})
    own_quotas = fields.Dict(
        fields.String(), fields.Integer(), metadata={"description": "Quotas set for this account only."}
    )


class AccountWithUseAnswer(AccountAnswer):
    """One account with its usage."""

    use = fields.Nested(UseAnswer)


class EveryJobAnswer(JobAnswer):
    """A job of any account."""

    user_id = fields.String()
    username = fields.String()


class AuditAnswer(ResponseSchema):
    """One line of the audit log."""

    at = fields.String()
    actor = fields.String(metadata={"description": "Id of the account, or `operator` for a command on the machine."})
    action = fields.String(metadata={"description": "Method and path, such as `POST /jobs`."})
    subject = fields.String(metadata={"description": "The path below /api/v1."})
    status = fields.Integer()
    remote = fields.String(metadata={"description": "IP address of the client."})
    request_id = fields.String()
