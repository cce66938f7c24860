"""Feedback: what became of predictions. Answered by the processes that predict, which know the classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from api.context import current_service, current_user
from api.http.blueprint import Blueprint, json_body
from api.http.bodies.label_tables import LabelTable
from api.http.bodies.uploads import CSV, open_body
from api.middleware.auth import predicts
from api.routes.models.predict import unsupported_media_type
from api.schemas.endpoints.feedback import MAX_REFUSED, FeedbackAnswer, FeedbackBody, FeedbackDocument, ForgetQuery
from api.serving.serving import current_serving
from api.serving.target_labels import target_reader
from core.domain.endpoints import Endpoint
from core.errors import NotFound
from core.requests.feedback import MAX_LABELS, Checked, check_labels

blueprint = Blueprint("endpoint_feedback", __name__, description="What became of predictions.")

_BODY = FeedbackBody()
DOCS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": FeedbackDocument},
            CSV: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@blueprint.route("/endpoints/<name>/feedback", methods=["POST"])
@blueprint.doc(**DOCS)
@blueprint.response(202, FeedbackAnswer)
@predicts
def send_feedback(name: str) -> dict[str, Any]:
    """Say what became of predictions, by their ids or by your own keys; kept durably when this is answered.

    JSON takes up to 10,000 labels, `text/csv` any number, with the columns `prediction_id` or `key`, `label` and,
    optionally, `at`. The newest `at` wins; a label that is null takes back. What cannot be used is in `refused`, and
    spoils no other.
    """
    serving, service = current_serving(), current_service()
    endpoint = serving.known.endpoint(current_user().id, name)
    target = target_reader(endpoint, serving.known, service.versions)
    if request.mimetype == "application/json":
        entries = json_body(_BODY)["labels"]
        return _answer(_keep(endpoint, iter([check_labels(entries, target)])))
    if request.mimetype == CSV:
        table = LabelTable.open(open_body(request, service.settings.max_upload_bytes), service.settings.max_columns)
        checked = (check_labels(entries, target, first) for first, entries in table.batches(MAX_LABELS))
        return {**_answer(_keep(endpoint, checked)), "ignored_columns": table.ignored}
    raise unsupported_media_type()


@blueprint.route("/endpoints/<name>/requests", methods=["DELETE"])
@blueprint.arguments(ForgetQuery, location="query")
@blueprint.response(202)
def forget_key(query: dict[str, Any], name: str) -> None:
    """Delete what was asked under a key of yours until now, and what was said of it; a worker does so meanwhile.

    Datasets that were made of requests before are yours, and stay.
    """
    service, user_id = current_service(), current_user().id
    service.erasures.request(user_id, name, query["key"])
    service.activity.record(user_id, "requests.deletion_requested", f"endpoint/{name}")


def _keep(endpoint: Endpoint, batches: Iterator[Checked]) -> tuple[int, list[dict[str, Any]], int]:
    """Keep what can be used, batch by batch; return how many, what is refused of the first ones, and how many."""
    accepted, count = 0, 0
    refused: list[dict[str, Any]] = []
    for checked in batches:
        if checked.labels and not current_serving().feedback.add(endpoint, checked.labels):
            raise NotFound("endpoint", endpoint.name)
        accepted += len(checked.labels)
        count += len(checked.refused)
        refused += checked.refused[: MAX_REFUSED - len(refused)]
    return accepted, refused, count


def _answer(kept: tuple[int, list[dict[str, Any]], int]) -> dict[str, Any]:
    accepted, refused, count = kept
    return {"accepted": accepted, "refused": refused, "refused_count": count}
