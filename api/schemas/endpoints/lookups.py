"""What an endpoint looks up, in bodies and answers."""

from __future__ import annotations

from typing import Any, cast

from marshmallow import ValidationError, fields
from marshmallow.validate import Length

from api.schemas.base import RequestSchema, ResponseSchema

MAX_KEY_COLUMNS = 10
MAX_NAME_LENGTH = 1000


class KeyColumns(fields.Field[Any]):
    """The columns of a key: the name of one, or a list of names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | list[str]:
        names = value if isinstance(value, list) else [value]
        if 1 <= len(names) <= MAX_KEY_COLUMNS and all(
            isinstance(name, str) and 1 <= len(name) <= 1000 for name in names
        ):
            return cast("str | list[str]", value)
        raise ValidationError(f"Must be the name of a column, or a list of 1 to {MAX_KEY_COLUMNS} of them.")


class LookupBody(RequestSchema):
    """A source in which columns are looked up that a request lacks."""

    source_id = fields.String(required=True, validate=Length(1, 100))
    by = KeyColumns(
        required=True,
        metadata={
            "description": "The column by which: the source's key; a list where the key has several.",
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
    )


class LookupAnswer(ResponseSchema):
    """A source in which columns are looked up, and how far that is."""

    source_id = fields.String()
    by = fields.Raw(metadata={"description": "The column by which, or a list of them."})
    state = fields.String(
        metadata={
            "description": "`ready`, `writing` while there are no rows yet, `failed`; `waiting` for the first fetch."
        }
    )
    rows = fields.Integer(metadata={"description": "Keys that can be looked up."})
    columns = fields.List(fields.String(), metadata={"description": "What they give."})
    dataset_id = fields.String(metadata={"description": "Whose rows they are."})
    at = fields.String(metadata={"description": "When they were written."})
    error = fields.Dict(metadata={"description": "Why those of the newest dataset could not be written."})
