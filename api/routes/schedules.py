"""Schedules over HTTP: what a cron expression means, before anything goes by it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from api.http.blueprint import Blueprint
from api.schemas import schedules as schemas
from core.domain.ids import rfc3339, wall_clock
from core.schedules.cron import Cron

blueprint = Blueprint("schedules", __name__, description="Schedules: what a cron expression means.")
PREVIEWED = 5


@blueprint.route("/pipelines/preview", methods=["POST"])
@blueprint.arguments(schemas.SchedulePreviewBody)
@blueprint.response(200, schemas.SchedulePreviewAnswer)
def preview_schedule(body: dict[str, Any]) -> dict[str, Any]:
    """Say in words when a cron expression comes, and the next five times; nothing is kept."""
    cron = Cron.parse(body["cron"], body["timezone"])
    times = cron.upcoming(wall_clock(), PREVIEWED)
    zone = ZoneInfo(cron.timezone)
    return {
        "cron": cron.expression, "timezone": cron.timezone, "words": cron.words(),
        "times": [rfc3339(at) for at in times],
        "local_times": [at.astimezone(zone).isoformat() for at in times],
    }  # fmt: skip
