"""Bodies and answers of sources and their fetches."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Range

from api.schemas.base import Boolean, Integer, Number, RequestSchema, ResponseSchema
from api.schemas.datasets import FailureAnswer
from api.schemas.names import NAME
from core.domain.sources import APPEND, FORMATS, KINDS, REPLACE
from core.secrets.references import is_reference

MAX_URL = 2000
MAX_AGE_S = 10 * 365 * 24 * 3600
_SECRET = {"description": '`{"secret": "NAME"}`: a secret that was stored before.'}
_HEADERS = {"description": 'Name -> value, or `{"secret": "NAME"}`.'}
_SHEET = {"description": "Sheet of a workbook. Default: the first visible one that is not empty."}


class SecretOrText(fields.Field[Any]):
    """A text, or the name of a secret.

    Args:
        texts: whether a text may stand there.
    """

    def __init__(self, *, texts: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.texts = texts

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if is_reference(value):
            if not 1 <= len(value["secret"]) <= 63:
                raise ValidationError("The name of a secret has 1 to 63 characters.")
            return value
        if isinstance(value, str) and self.texts and len(value) <= 4000:
            return value
        text = "Must be a text of at most 4,000 characters, or" if self.texts else "Must be"
        raise ValidationError(f'{text} {{"secret": "NAME"}}, of a secret that was stored before.')


class CursorBody(RequestSchema):
    """How a query goes on where it ended: `:cursor` in it stands for the greatest value so far."""

    column = fields.String(required=True, validate=Length(1, 200))
    initial = fields.Raw(
        load_default=None, allow_none=True, metadata={"description": "What `:cursor` is at first: a number or a text."}
    )

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        initial = data.get("initial")
        if not (initial is None or (isinstance(initial, int | float | str) and not isinstance(initial, bool))):
            raise ValidationError("Must be a number or a text.", "initial")
        if isinstance(initial, str) and len(initial) > 1000:
            raise ValidationError("Must have at most 1,000 characters.", "initial")


class RefreshBody(RequestSchema):
    """When it is fetched by itself."""

    cron = fields.String(required=True, validate=Length(1, 200))
    timezone = fields.String(load_default="UTC", validate=Length(1, 100))


class SourceFields(RequestSchema):
    """What may be said of a source."""

    url = fields.String(validate=Length(1, MAX_URL), metadata={"description": "Without a user and a password."})
    headers = fields.Dict(fields.String(validate=Length(1, 100)), SecretOrText(), metadata=_HEADERS)
    user = fields.String(validate=Length(1, 200), metadata={"description": "Of a database."})
    password = SecretOrText(texts=False, metadata={"type": "object", **_SECRET})
    query = fields.String(validate=Length(1, 20_000), metadata={"description": "SELECT …, of a database."})
    cursor = fields.Nested(CursorBody, allow_none=True)
    credentials = SecretOrText(metadata={"description": 'Of a bucket: `{"secret": "NAME"}` or `"ambient"`.'})
    region = fields.String(validate=Length(1, 100), metadata={"description": "Of an S3 bucket."})
    endpoint_url = fields.String(validate=Length(1, MAX_URL), metadata={"description": "Of a server that speaks S3."})
    endpoint = fields.String(validate=Length(1, 63), metadata={"description": "Whose requests are the data."})
    labelled = Boolean(metadata={"description": "Only requests whose truth is known. Default: true."})
    window = fields.String(validate=Length(1, 20), metadata={"description": "Back from now: `90d`, `12h`."})
    sheet = fields.String(allow_none=True, validate=Length(1, 200), metadata=_SHEET)


_FORMAT: dict[str, Any] = {
    "validate": OneOf(FORMATS),
    "metadata": {"description": "What comes. `auto`: the file itself shows it."},
}
_MODE: dict[str, Any] = {"validate": OneOf([REPLACE, APPEND]),
         "metadata": {"description": "`replace`: a fetch holds all; `append`: further rows."}}  # fmt: skip
_KEY: dict[str, Any] = {
    "validate": Length(max=20),
    "metadata": {"description": "Columns that name a row: the last one counts."},
}
_KEEP: dict[str, Any] = {"validate": Range(1, 1000), "metadata": {"description": "Fetches whose datasets are kept."}}
_MAX_AGE: dict[str, Any] = {"validate": Range(0, MAX_AGE_S),
            "metadata": {"description": "A job uses what is no older, else it is fetched first."}}  # fmt: skip
_NAMES = Length(1, 200)


class SourceBody(SourceFields):
    """A new source."""

    name = fields.String(required=True, validate=NAME)
    kind = fields.String(required=True, validate=OneOf(KINDS))
    format = fields.String(load_default="auto", **_FORMAT)
    mode = fields.String(load_default=None, allow_none=True, **_MODE)
    key = fields.List(fields.String(validate=_NAMES), load_default=list, **_KEY)
    keep = Integer(load_default=10, **_KEEP)
    max_age_s = Number(load_default=0, **_MAX_AGE)
    refresh = fields.Nested(RefreshBody, load_default=None, allow_none=True)


class SourcePatchBody(SourceFields):
    """What is to be different. What says what is fetched has it begin anew; null takes a word back."""

    name = fields.String(validate=NAME)
    headers = fields.Dict(
        fields.String(validate=Length(1, 100)), SecretOrText(), allow_none=True, metadata=_HEADERS
    )  # fmt: skip
    user = fields.String(validate=Length(1, 200), allow_none=True)
    password = SecretOrText(texts=False, allow_none=True, metadata={"type": "object", **_SECRET})
    credentials = SecretOrText(allow_none=True, metadata={"description": 'Of a bucket: `{"secret": "NAME"}`.'})
    format = fields.String(**_FORMAT)
    mode = fields.String(**_MODE)
    key = fields.List(fields.String(validate=_NAMES), **_KEY)
    keep = Integer(**_KEEP)
    max_age_s = Number(**_MAX_AGE)
    refresh = fields.Nested(RefreshBody, allow_none=True)


class UrlBody(RequestSchema):
    """A dataset that is fetched once."""

    url = fields.String(
        required=True, validate=Length(1, MAX_URL), metadata={"description": "http:// or https://, without a password."}
    )
    format = fields.String(load_default="auto", **_FORMAT)
    headers = fields.Dict(fields.String(validate=Length(1, 100)), SecretOrText(), metadata=_HEADERS)
    name = fields.String(validate=NAME, metadata={"description": "Default: the last part of the URL's path."})
    sheet = fields.String(validate=Length(1, 200), metadata=_SHEET)


class FetchAnswer(ResponseSchema):
    """One fetch of a source."""

    id = fields.String()
    number = fields.Integer()
    state = fields.String(
        metadata={"description": "`waiting`, `fetching`, `ready`, `unchanged` (the dataset of before is it), `failed`."}
    )
    why = fields.Dict(metadata={"description": "What asked for it first: {kind: manual | time | job | run | …}."})
    requested_at = fields.String()
    started_at = fields.String(allow_none=True)
    ended_at = fields.String(allow_none=True)
    dataset_id = fields.String(allow_none=True)
    version = fields.Dict(metadata={"description": "{etag?, last_modified?, generation?, sha256?}."})
    rows = fields.Integer(allow_none=True, metadata={"description": "That came, where the source tells."})
    bytes = fields.Integer(metadata={"description": "That came; while it is fetched, so far."})
    cursor = fields.Raw(allow_none=True)
    error = fields.Nested(FailureAnswer, allow_none=True)


class SourceAnswer(ResponseSchema):
    """A source, and its newest fetch."""

    id = fields.String()
    name = fields.String()
    kind = fields.String(validate=OneOf(KINDS))
    url = fields.String()
    headers = fields.Dict(metadata=_HEADERS)
    user = fields.String()
    password = fields.Dict(metadata=_SECRET)
    query = fields.String()
    cursor = fields.Dict()
    credentials = fields.Raw()
    region = fields.String()
    endpoint_url = fields.String()
    endpoint = fields.String()
    labelled = fields.Boolean()
    window = fields.String()
    format = fields.String()
    sheet = fields.String(allow_none=True)
    mode = fields.String()
    key = fields.List(fields.String())
    keep = fields.Integer()
    max_age_s = fields.Float()
    refresh = fields.Nested(RefreshBody, allow_none=True)
    refresh_words = fields.String(allow_none=True, metadata={"description": "`refresh` in words."})
    next_at = fields.String(allow_none=True, metadata={"description": "When it is fetched by itself next."})
    created_at = fields.String()
    changed_at = fields.String()
    last_fetch = fields.Nested(FetchAnswer, allow_none=True)
    dataset_id = fields.String(allow_none=True, metadata={"description": "The newest dataset that can be used."})


class SourceCheckAnswer(ResponseSchema):
    """What was found where the source is."""

    ok = fields.Boolean()
    name = fields.String(metadata={"description": "Of the file or the query."})
    warnings = fields.List(fields.String())
    format = fields.String()
    version = fields.Dict()
    columns = fields.List(fields.Dict(), metadata={"description": "{name, type}, as far as it can be told by a look."})
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), metadata={"description": "The first rows."})
    bytes = fields.Integer(allow_none=True)
    detail = fields.String(metadata={"description": "What could not be told, and why."})
