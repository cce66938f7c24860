"""What is said of a model that is uploaded."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length, OneOf

from api.schemas.base import Query
from api.schemas.names import NAME

TASKS = ("binary", "multiclass", "regression")
MAX_NAMES = 10_000
MAX_NAME_CHARACTERS = 1_000


class NameList(fields.Field[list[str]]):
    """Names: a JSON list of texts, or names with commas between them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        text = str(value)
        if text.lstrip().startswith("["):
            try:
                found = json.loads(text)
            except (ValueError, RecursionError) as exc:
                raise ValidationError("Must be a JSON list, or names with commas between them.") from exc
        else:
            found = [name.strip() for name in text.split(",")]
        if not 1 <= len(found) <= MAX_NAMES:
            raise ValidationError(f"Must be 1 to {MAX_NAMES:,} names.")
        names = [str(name) if isinstance(name, str | int | float) else "" for name in found]
        if any(not 1 <= len(name) <= MAX_NAME_CHARACTERS for name in names):
            raise ValidationError(f"Each name must be text of 1 to {MAX_NAME_CHARACTERS:,} characters.")
        return names


class ModelUploadQuery(Query):
    """What is said of the file. Its own metadata say what is not said here; what neither says is guessed."""

    name = fields.String(load_default=None, validate=NAME, metadata={"description": "Default: the file's name."})
    task = fields.String(load_default=None, validate=OneOf(TASKS))
    target = fields.String(
        load_default=None, validate=Length(1, 200), metadata={"description": "The name of what it predicts."}
    )
    labels = NameList(
        load_default=None,
        metadata={"type": "string", "description": "Of the classes, in the order of the probabilities."},
    )
    inputs = NameList(
        load_default=None,
        metadata={
            "type": "string",
            "description": "Names of the columns, in the order in which the graph's inputs take them. "
            "A JSON list, or names with commas between them.",
        },
    )
    label_output = fields.String(load_default=None, validate=Length(1, 200))
    probability_output = fields.String(load_default=None, validate=Length(1, 200))
    value_output = fields.String(
        load_default=None, validate=Length(1, 200), metadata={"description": "The number of a regression."}
    )
