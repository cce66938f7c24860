"""Bodies and answers of schedules."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from api.schemas.base import RequestSchema, ResponseSchema

CRON = {
    "description": "Minute, hour, day of the month, month, day of the week; or `@hourly`, `@daily`, `@weekly` …",
    "example": "0 3 * * MON",
}
TIMEZONE = {"description": "By whose clocks it comes.", "example": "Europe/Rome"}
MAX_CRON, MAX_TIMEZONE = 200, 60


class SchedulePreviewBody(RequestSchema):
    """A schedule that is to be looked at."""

    cron = fields.String(required=True, validate=Length(1, MAX_CRON), metadata=CRON)
    timezone = fields.String(load_default="UTC", validate=Length(1, MAX_TIMEZONE), metadata=TIMEZONE)


class SchedulePreviewAnswer(ResponseSchema):
    """When a schedule comes."""

    cron = fields.String()
    timezone = fields.String()
    words = fields.String(metadata={"example": "at 03:00 on Monday"})
    times = fields.List(fields.String(), metadata={"description": "The next five, in UTC."})
    local_times = fields.List(fields.String(), metadata={"description": "The same by the clocks of the time zone."})
