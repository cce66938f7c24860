"""Bodies and answers of datasets."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from api.schemas.base import Boolean, Integer, Query, RequestSchema, ResponseSchema, SearchQuery
from api.schemas.names import NAME
from core.datasets.states import READY, REJECTED, UPLOADED
from csvfile.bad_rows import MAX_LISTED
from csvfile.dialect import BAD_ROWS, MAX_SKIPPED
from csvfile.encoding import ENCODINGS
from csvfile.formats import MEDIA_TYPES
from vocabulary import COLUMN_TYPES, DATE_ORDERS, DECIMAL_SIGNS, MAX_UNIT_CHARACTERS

_HEADER = {"description": "Whether the first row is the header."}
_SKIP_ROWS = {"description": "Lines above the table that are no part of it."}
_SKIP_FOOTER = {"description": "Rows below the table that are no part of it: notes, totals."}
_SKIP_INITIAL_SPACE = {"description": "Whether blanks at the start of a cell are no part of it."}
_BAD_ROWS = {
    "description": "Rows too long or wrongly quoted: `refuse` the file, `skip` them, or skip and `report` each."
}
_SHEET = {"description": "Sheet of a workbook. Default: the first visible one that is not empty."}


class DialectQuery(Query):
    """How a CSV is written; what is not said is guessed."""

    delimiter = fields.String(load_default=None, validate=Length(equal=1))
    encoding = fields.String(load_default=None, validate=OneOf(ENCODINGS))
    header = fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=None, metadata=_HEADER)


class UploadQuery(DialectQuery):
    """The name of the upload, and how it is to be read."""

    name = fields.String(load_default=None, validate=NAME, metadata={"description": "Default: the file's name."})
    sheet = fields.String(load_default=None, validate=Length(1, 200), metadata=_SHEET)
    skip_rows = fields.Integer(load_default=None, validate=Range(0, MAX_SKIPPED), metadata=_SKIP_ROWS)
    skip_footer = fields.Integer(load_default=None, validate=Range(0, MAX_SKIPPED), metadata=_SKIP_FOOTER)
    skip_initial_space = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=None, metadata=_SKIP_INITIAL_SPACE
    )
    bad_rows = fields.String(load_default=None, validate=OneOf(BAD_ROWS), metadata=_BAD_ROWS)


class PreviewQuery(Query):
    """The number of rows to show."""

    rows = fields.Integer(load_default=20, validate=Range(1, 1000))


class DatasetQuery(SearchQuery):
    """A filter of datasets, and how much of each."""

    state = fields.String(load_default=None, validate=OneOf([UPLOADED, READY, REJECTED]))

    brief = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=False, metadata={"description": "Leave out the columns."}
    )


class ColumnBody(RequestSchema):
    """A correction of how one column is read; null takes one back."""

    type = fields.String(allow_none=True, validate=OneOf(COLUMN_TYPES))
    decimal_sign = fields.String(allow_none=True, validate=OneOf(DECIMAL_SIGNS))
    date_order = fields.String(allow_none=True, validate=OneOf(DATE_ORDERS))
    unit = fields.String(
        allow_none=True,
        validate=[Length(1, MAX_UNIT_CHARACTERS), Regexp(r".*\S", error="Must not be blank.")],
        metadata={"description": "What the cells carry, such as kg; `h:mm` or `m:ss` of times."},
    )


class CorrectionBody(RequestSchema):
    """A correction. Every change but the name has the dataset profiled again."""

    name = fields.String(validate=NAME)
    delimiter = fields.String(validate=Length(equal=1))
    encoding = fields.String(validate=OneOf(ENCODINGS))
    header = Boolean(metadata=_HEADER)
    skip_rows = Integer(validate=Range(0, MAX_SKIPPED), metadata=_SKIP_ROWS)
    skip_footer = Integer(validate=Range(0, MAX_SKIPPED), metadata=_SKIP_FOOTER)
    skip_initial_space = Boolean(metadata=_SKIP_INITIAL_SPACE)
    bad_rows = fields.String(validate=OneOf(BAD_ROWS), metadata=_BAD_ROWS)
    sheet = fields.String(
        validate=Length(1, 200), metadata={"description": "Sheet of a workbook, which is converted again."}
    )
    types = fields.Dict(
        fields.String(), fields.String(validate=OneOf(COLUMN_TYPES)), metadata={"description": "Column -> type."}
    )
    columns = fields.Dict(
        fields.String(),
        fields.Nested(ColumnBody),
        metadata={"description": "Column -> how it is read; `types` is the short form of its type."},
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
    reading = fields.Dict(
        metadata={"description": "{decimal_sign, unit, is_sure} of numbers, {date_order, is_sure} of dates."}
    )
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
    skip_rows = fields.Integer(metadata=_SKIP_ROWS)
    skip_footer = fields.Integer(metadata=_SKIP_FOOTER)
    skip_initial_space = fields.Boolean(metadata=_SKIP_INITIAL_SPACE)
    bad_rows = fields.String(validate=OneOf(BAD_ROWS), metadata=_BAD_ROWS)
    bad_row_count = fields.Integer(allow_none=True, metadata={"description": "How many rows were left out as bad."})
    source_format = fields.String(validate=OneOf(list(MEDIA_TYPES)), metadata={"description": "Format of the upload."})
    sheet = fields.String(allow_none=True, metadata={"description": "Sheet of a workbook that is read."})
    sheets = fields.List(fields.String(), metadata={"description": "All sheets of a workbook."})
    types = fields.Dict(metadata={"description": "Column types set by the user."})
    column_options = fields.Dict(
        metadata={"description": "Column -> {decimal_sign?, date_order?, unit?} that the user corrected."}
    )
    error = fields.Nested(FailureAnswer, allow_none=True)
    origin = fields.Dict(
        allow_none=True, metadata={"description": "What it was made of, if it is no upload: {kind, endpoint, …}."}
    )
    created_at = fields.String()


class PreviewAnswer(ResponseSchema):
    """The first rows as text, null for empty cells."""

    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.String(allow_none=True)))


class BadRowsQuery(Query):
    """The form of the list."""

    format = fields.String(load_default="json", validate=OneOf(["json", "csv"]))


class BadRowAnswer(ResponseSchema):
    """A row that was left out."""

    line = fields.Integer(metadata={"description": "Line of the file on which it begins, from 1."})
    reason = fields.String()
    detail = fields.String()


class BadRowsAnswer(ResponseSchema):
    """The rows that were left out as bad."""

    count = fields.Integer(metadata={"description": "All of them."})
    rows = fields.List(
        fields.Nested(BadRowAnswer), metadata={"description": f"The first {MAX_LISTED:,}, with their lines."}
    )


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
