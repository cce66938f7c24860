"""Requests of an endpoint as a dataset."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.routes.datasets import serialize
from api.schemas.datasets import DatasetAnswer
from api.schemas.endpoints.gathering import GatherBody
from core.requests.gatherings import GatherSpec

blueprint = Blueprint("endpoint_gathering", __name__, description="Requests of endpoints as datasets.")


@blueprint.route("/endpoints/<name>/datasets", methods=["POST"])
@blueprint.arguments(GatherBody, required=False)
@blueprint.response(202, DatasetAnswer)
def gather_requests(body: dict[str, Any], name: str) -> Any:
    """Make a dataset of requests: their inputs, what was predicted, what was true, ids and times.

    It is there at once, `uploaded`, and a worker fills it; `origin` says how. Sent again under one `Idempotency-Key`,
    it is one dataset.
    """
    service, user_id = current_service(), current_user().id
    spec = GatherSpec(**body)
    dataset = service.gatherings.create(user_id, name, spec, request.headers.get("Idempotency-Key"))
    subject = f"dataset/{dataset.id}"
    service.activity.record(user_id, "dataset.created", subject, dataset.name, once=f"created#{subject}")
    return serialize(dataset), {"Location": url_for("datasets.get_dataset", dataset_id=dataset.id)}
