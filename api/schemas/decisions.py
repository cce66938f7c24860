"""Bodies and answers of decision rules, and of what thresholds earn."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, Range

from api.schemas.base import Number, Query, RequestSchema, ResponseSchema

MAX_GAIN = 1e12
WORTH = Range(-MAX_GAIN, MAX_GAIN)
MEANINGS = {
    "tp": "a row of the positive label that is called so: a hit.",
    "fp": "another row that is called positive: a false alarm.",
    "fn": "a row of the positive label that is not called so: a miss.",
    "tn": "another row that is not called positive.",
}


class GainsBody(RequestSchema):
    """What answers are worth; negative is a cost."""

    tp = Number(load_default=0.0, validate=WORTH, metadata={"description": f"Of {MEANINGS['tp']}"})
    fp = Number(load_default=0.0, validate=WORTH, metadata={"description": f"Of {MEANINGS['fp']}"})
    fn = Number(load_default=0.0, validate=WORTH, metadata={"description": f"Of {MEANINGS['fn']}"})
    tn = Number(load_default=0.0, validate=WORTH, metadata={"description": f"Of {MEANINGS['tn']}"})


class DecisionBody(RequestSchema):
    """A decision rule of a binary model."""

    threshold = Number(
        required=True,
        validate=Range(0, 1, min_inclusive=False, max_inclusive=False),
        metadata={"description": "The positive label is answered where its probability is at least this."},
    )
    positive = fields.String(
        allow_none=True,
        validate=Length(1, 1000),
        metadata={"description": "The label that is answered from the threshold on. Default: the positive class."},
    )
    gains = fields.Nested(GainsBody, allow_none=True, metadata={"description": "What the threshold was chosen by."})
    why = fields.String(load_default="", validate=Length(max=1000), metadata={"description": "Why, in words."})


class DecisionAnswer(ResponseSchema):
    """A decision rule."""

    positive = fields.String()
    threshold = fields.Float()
    gains = fields.Dict(allow_none=True, metadata={"description": "{tp, fp, fn, tn}: what it was chosen by."})
    why = fields.String()
    by = fields.String(metadata={"description": "`user/ID` or `key/ID`; of a model's."})
    at = fields.String(metadata={"description": "Since when; of a model's."})


class DecisionQuery(Query):
    """What answers are worth. None at all: as of the model's rule, else each error costs 1."""

    tp = fields.Float(validate=WORTH, metadata={"description": f"Of {MEANINGS['tp']} Default: 0."})
    fp = fields.Float(validate=WORTH, metadata={"description": f"Of {MEANINGS['fp']} Default: 0."})
    fn = fields.Float(validate=WORTH, metadata={"description": f"Of {MEANINGS['fn']} Default: 0."})
    tn = fields.Float(validate=WORTH, metadata={"description": f"Of {MEANINGS['tn']} Default: 0."})
    positive = fields.String(validate=Length(1, 1000), metadata={"description": "Default: the positive class."})


class DecisionPointAnswer(ResponseSchema):
    """What a threshold earns, of 1,000 rows."""

    threshold = fields.Float()
    profit = fields.Float()
    low = fields.Float(metadata={"description": "Of the interval of the profit."})
    high = fields.Float()
    tp = fields.Float(metadata={"description": "Such rows of 1,000; so the other three."})
    fp = fields.Float()
    fn = fields.Float()
    tn = fields.Float()
    called = fields.Float(metadata={"description": "Share of the rows that are called positive."})


class BestThresholdAnswer(DecisionPointAnswer):
    """The best threshold; its profit is that to be expected on new rows."""

    threshold_low = fields.Float(metadata={"description": "Where resampled rows put the best threshold."})
    threshold_high = fields.Float()
    why = fields.String(metadata={"description": "What it rests on, in words."})


class DecisionCurveAnswer(ResponseSchema):
    """What each threshold of a model earns, of 1,000 rows."""

    model_id = fields.String()
    positive = fields.String(metadata={"description": "The label that is called from a threshold on."})
    negative = fields.String()
    decision = fields.Nested(DecisionAnswer, allow_none=True, metadata={"description": "The model's rule."})
    rows = fields.Integer(metadata={"description": "Training rows, each predicted by models that had not seen it."})
    positive_rows = fields.Integer()
    gains = fields.Dict(metadata={"description": "{tp, fp, fn, tn}: what answers are worth."})
    points = fields.List(fields.Nested(DecisionPointAnswer), metadata={"description": "By threshold, ascending."})
    current = fields.Nested(DecisionPointAnswer, metadata={"description": "Of the threshold that is used now."})
    best = fields.Nested(BestThresholdAnswer)
    improvement = fields.Dict(metadata={"description": "{value, low, high}: the best over the current one."})
    always = fields.Float(metadata={"description": "Profit if every row were called positive."})
    never = fields.Float(metadata={"description": "Profit if none were."})
    method = fields.String(metadata={"description": "Of the intervals."})
