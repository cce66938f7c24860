"""The requests of an endpoint over HTTP: rows that were predicted, as far as they are kept."""

from __future__ import annotations

from typing import Any

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.schemas.base import page_schema
from api.schemas.endpoints import requests as schemas
from api.serving.serving import current_serving
from core.endpoints.routing import named_version
from core.requests.request_pages import RequestQuery

blueprint = Blueprint("endpoint_requests", __name__, description="Requests of endpoints, kept as data.")


@blueprint.route("/endpoints/<name>/requests", methods=["GET"])
@blueprint.arguments(schemas.RequestsQuery, location="query")
@blueprint.response(200, page_schema(schemas.RequestAnswer))
def list_requests(query: dict[str, Any], name: str) -> dict[str, Any]:
    """List the rows that were predicted, newest first, as far as `log` of the endpoint has them kept.

    A row is here some seconds after it was answered. A page may be short, or empty, and still have a next one.
    """
    service = current_service()
    endpoint = service.endpoints.get(current_user().id, name)
    ref = query["version"]
    version = None if ref is None else named_version(endpoint, ref)[0]
    pages = current_serving().requests
    wanted = RequestQuery(query["from_"], query["to"], version, query["labelled"])
    return page_response(pages.page(endpoint, wanted, query["page_size"], decode_page_token(query["page_token"])))
