"""Sources over HTTP: where data come from, and their fetches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.numbers import read_number
from api.http.pagination import decode_page_token, page_response
from api.schemas import sources as schemas
from api.schemas.base import PageQuery, page_schema
from core.domain.sources import Fetch, Source
from core.errors import Invalid, NotFound
from core.schedules.cron import Cron

blueprint = Blueprint("sources", __name__, description="Where data come from by themselves.")


@blueprint.route("/sources", methods=["POST"])
@blueprint.arguments(schemas.SourceBody)
@blueprint.response(201, schemas.SourceAnswer)
def create_source(body: dict[str, Any]) -> Any:
    """Create a source. Nothing is fetched yet: a job that names it, its `refresh`, or a call below does that."""
    key = request.headers.get("Idempotency-Key")
    source = current_service().sources.create(current_user().id, body, key)
    _record("source.created", source.id)
    return _show(source), {"Location": url_for("sources.get_source", source_id=source.id)}


@blueprint.route("/sources", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.SourceAnswer))
def list_sources(query: dict[str, Any]) -> dict[str, Any]:
    """List the sources, newest first, each with its newest fetch."""
    page = current_service().sources.page(
        current_user().id, query["page_size"], decode_page_token(query["page_token"])
    )  # fmt: skip
    return page_response(page, _show)


@blueprint.route("/sources/<source_id>", methods=["GET"])
@blueprint.response(200, schemas.SourceAnswer)
def get_source(source_id: str) -> dict[str, Any]:
    """Return a source, its newest fetch, and the newest dataset that can be used."""
    return _show(current_service().sources.get(current_user().id, source_id))


@blueprint.route("/sources/<source_id>", methods=["PATCH"])
@blueprint.arguments(schemas.SourcePatchBody)
@blueprint.response(200, schemas.SourceAnswer)
def patch_source(body: dict[str, Any], source_id: str) -> dict[str, Any]:
    """Change a source. What says what is fetched (url, query, mode, key, format) has it begin anew."""
    source = current_service().sources.update(current_user().id, source_id, body)
    _record("source.updated", source_id, ", ".join(sorted(body)))
    return _show(source)


@blueprint.route("/sources/<source_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_source(source_id: str) -> None:
    """Delete a source and the list of its fetches, unless a pipeline, a lookup or a job needs it. Its datasets stay."""
    current_service().sources.delete(current_user().id, source_id)
    _record("source.deleted", source_id)


@blueprint.route("/sources/<source_id>/fetch", methods=["POST"])
@blueprint.response(202, schemas.FetchAnswer)
def fetch_source(source_id: str) -> Any:
    """Have it fetched now. A fetch that waits its turn is returned again: it will see the data as they are then."""
    key = request.headers.get("Idempotency-Key")
    by_hand = None if key is None else f"manual {key}"
    fetch = current_service().sources.request_fetch(current_user().id, source_id, {"kind": "manual"}, key=by_hand)
    _record("source.fetch", source_id)
    location = url_for("sources.get_fetch", source_id=source_id, number=fetch.number)
    return serialize_fetch(fetch), {"Location": location}


@blueprint.route("/sources/<source_id>/fetches", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.FetchAnswer))
def list_fetches(query: dict[str, Any], source_id: str) -> dict[str, Any]:
    """List the fetches, newest first: what each brought, that nothing had changed, or why it failed."""
    sources, after = current_service().sources, decode_page_token(query["page_token"])
    page = sources.fetches.page(current_user().id, source_id, query["page_size"], after)
    return page_response(page, serialize_fetch)


@blueprint.route("/sources/<source_id>/fetches/<number>", methods=["GET"])
@blueprint.response(200, schemas.FetchAnswer)
def get_fetch(source_id: str, number: str) -> dict[str, Any]:
    """Return a fetch; while it is under way with the bytes so far."""
    sources, user_id = current_service().sources, current_user().id
    sources.get(user_id, source_id)
    fetch = sources.fetch_of(user_id, source_id, read_number("fetch", number))
    if fetch is None:
        raise NotFound("fetch", number)
    return serialize_fetch(fetch)


@blueprint.route("/sources/<source_id>/check", methods=["POST"])
@blueprint.response(200, schemas.SourceCheckAnswer)
def check_source(source_id: str) -> dict[str, Any]:
    """Reach the source now, and return its first rows. Nothing is kept. Waits up to 20 s for the fetcher, then 503."""
    return {"ok": True, **current_service().sources.checks.run(current_user().id, source_id)}


def serialize_fetch(fetch: Fetch) -> dict[str, Any]:
    """Return the fetch as its owner sees it."""
    return {**asdict(fetch), "id": fetch.id}


def _show(source: Source) -> dict[str, Any]:
    sources = current_service().sources
    newest = sources.rows.newest(source.user_id, source.id)
    _, dataset = next(sources.fetches.good(source), (None, None))
    return {
        **source.spec, **{name: value for name, value in asdict(source).items() if name != "spec"},
        "refresh_words": _words(source), "next_at": source.next_at and f"{source.next_at}:00.000Z",
        "dataset_id": dataset.id if dataset else None,
        "last_fetch": serialize_fetch(sources.fetches.shown([newest])[0]) if newest else None,
    }  # fmt: skip


def _words(source: Source) -> str | None:
    if source.refresh is None:
        return None
    try:
        return Cron.parse(source.refresh["cron"], source.refresh.get("timezone") or "UTC").words()
    except Invalid:  # The zone's rules have changed since.
        return None


def _record(action: str, source_id: str, detail: str = "") -> None:
    current_service().activity.record(current_user().id, action, f"source/{source_id}", detail)
