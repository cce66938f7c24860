"""Bodies and answers of datasets."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from api.schemas.base import Boolean, PageQuery, Query, RequestSchema, ResponseSchema
from api.schemas.names import NAME
from csvfile.encoding import ENCODINGS
from vocabulary import COLUMN_TYPES


class UploadQuery(Query):
    """The name of the upload."""

    name = fields.String(load_default=None, validate=NAME, metadata={"description": "Default: the file's name."})


class PreviewQuery(Query):
    """The number of rows to show."""

    rows = fields.Integer(load_default=20, validate=Range(1, 1000))


class DatasetQuery(PageQuery):
    """A filter of datasets, and how much of each."""

    brief = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=False, metadata={"description": "Leave out the columns."}
    )


class CorrectionBody(RequestSchema):
    """A correction. Every change but the name has the dataset profiled again."""

    name = fields.String(validate=NAME)
    delimiter = fields.String(validate=Length(equal=1))
    encoding = fields.String(validate=OneOf(ENCODINGS))
    header = Boolean(metadata={"description": "Whether the first row is the header."})
    types = fields.Dict(
        fields.String(), fields.String(validate=OneOf(COLUMN_TYPES)), metadata={"description": "Column -> type."}
    )


class CheckBody(RequestSchema):
    """The target to check."""

    target = fields.String(required=True, metadata={"description": "The column to predict."})


class FailureAnswer(ResponseSchema):
    """Why something failed."""

    reason = fields.String()
    detail = fields.String()
    hint = fields.String()
    line = fields.Integer()
    column = fields.Raw()


class ColumnAnswer(ResponseSchema):
    """One column. Only the name is known before the profile."""

    name = fields.String()
    type = fields.String(allow_none=True)
    missing = fields.Integer(allow_none=True)
    distinct = fields.Integer(allow_none=True)
    examples = fields.List(fields.Raw())
    warnings = fields.List(fields.String())
    distribution = fields.Dict(allow_none=True)


class DatasetAnswer(ResponseSchema):
    """A dataset. `rows` and the columns' types are known once it is `ready`."""

    id = fields.String()
    name = fields.String()
    state = fields.String(validate=OneOf(["uploaded", "ready", "rejected"]))
    size_bytes = fields.Integer()
    sha256 = fields.String()
    rows = fields.Integer(allow_none=True)
    column_count = fields.Integer()
    columns = fields.List(fields.Nested(ColumnAnswer), metadata={"description": "Not in a brief list."})
    warnings = fields.List(fields.String())
    delimiter = fields.String()
    encoding = fields.String()
    header = fields.Boolean()
    types = fields.Dict(metadata={"description": "Column types set by the user."})
    error = fields.Nested(FailureAnswer, allow_none=True)
    created_at = fields.String()


class PreviewAnswer(ResponseSchema):
    """The first rows as text, null for empty cells."""

    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.String(allow_none=True)))


class FindingAnswer(ResponseSchema):
    """A finding about the data before training."""

    severity = fields.String(validate=OneOf(["error", "warning", "info"]))
    column = fields.String()
    reason = fields.String()
    detail = fields.String()
    fix = fields.String()


class ClassAnswer(ResponseSchema):
    """A label of the target."""

    label = fields.String()
    rows = fields.Integer()


class ChecksAnswer(ResponseSchema):
    """Inferred task and metric, and the findings."""

    task = fields.String()
    metric = fields.String()
    why = fields.String()
    classes = fields.List(fields.Nested(ClassAnswer), metadata={"description": "Of up to 50 classes."})
    positive_class = fields.String(metadata={"description": "Of two classes the one that binary metrics count."})
    positive_class_rule = fields.String(metadata={"description": "Why it is this one, in words."})
    findings = fields.List(fields.Nested(FindingAnswer))
