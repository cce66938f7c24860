"""Datasets over HTTP."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote

from flask import Response, request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint, json_body
from api.http.bodies.uploads import FILE_TYPES, body_docs, drain_unread_body, open_upload
from api.http.downloads import send_blob, send_report
from api.http.pagination import decode_page_token, page_response
from api.schemas import datasets as schemas
from api.schemas.base import page_schema
from api.schemas.names import name_of_file, safe_filename
from api.schemas.sources import UrlBody
from core.datasets.dataset_search import search_datasets
from core.domain.records import Dataset
from core.errors import Invalid
from csvfile.dialect import options_in
from csvfile.formats import MEDIA_TYPES, SUFFIXES

blueprint = Blueprint("datasets", __name__, description="Tables.")
blueprint.after_app_request(drain_unread_body)

_URL_BODY = UrlBody()
BODY = body_docs(FILE_TYPES)
BODY["content"]["application/json"] = {"schema": UrlBody}
UNPROFILED: dict[str, Any] = {
    "type": None, "missing": None, "distinct": None, "examples": [], "warnings": [], "reading": {},
    "distribution": None,
}  # fmt: skip


@blueprint.route("/datasets", methods=["POST"])
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(schemas.UploadQuery, location="query")
@blueprint.response(201, schemas.DatasetAnswer)
def create_dataset(query: dict[str, Any]) -> Any:
    """Upload a table: CSV, Excel, OpenDocument, Parquet or JSON lines, plain or as a gzip or ZIP file of one.

    Its first MiB and the directory of a ZIP file are validated at once, then all of it is converted and profiled. With
    `application/json`, `{"url": …}`, the service fetches it, once; for more than that there are sources.
    """
    service, user_id = current_service(), current_user().id
    if request.mimetype == "application/json":
        return _created(_fetch_once(query))
    upload = open_upload(request, service.settings.max_upload_bytes, FILE_TYPES)
    name = query["name"] or upload.name or "dataset"
    key = request.headers.get("Idempotency-Key")
    return _created(service.datasets.create(user_id, name, upload.chunks, key, options_in(query), query["sheet"]))


@blueprint.route("/datasets", methods=["GET"])
@blueprint.arguments(schemas.DatasetQuery, location="query")
@blueprint.response(200, page_schema(schemas.DatasetAnswer))
def list_datasets(query: dict[str, Any]) -> dict[str, Any]:
    """List the datasets."""
    page = search_datasets(
        current_service().datasets, current_user().id, query["page_size"], decode_page_token(query["page_token"]),
        search=query["search"], state=query["state"],
    )  # fmt: skip
    return page_response(page, serialize_brief if query["brief"] else serialize)


@blueprint.route("/datasets/<dataset_id>", methods=["GET"])
@blueprint.response(200, schemas.DatasetAnswer)
def get_dataset(dataset_id: str) -> dict[str, Any]:
    """Return a dataset, with its profile once it is ready."""
    return serialize(current_service().datasets.get(current_user().id, dataset_id))


@blueprint.route("/datasets/<dataset_id>/preview", methods=["GET"])
@blueprint.arguments(schemas.PreviewQuery, location="query")
@blueprint.response(200, schemas.PreviewAnswer)
def preview_dataset(query: dict[str, Any], dataset_id: str) -> dict[str, Any]:
    """Return the first rows, at most those of the first MiB."""
    datasets = current_service().datasets
    return datasets.files.preview(datasets.get(current_user().id, dataset_id), query["rows"])


@blueprint.route("/datasets/<dataset_id>/bad-rows", methods=["GET"])
@blueprint.doc(responses={"200": {"content": {"text/csv": {"schema": {"type": "string"}}}}})
@blueprint.arguments(schemas.BadRowsQuery, location="query")
@blueprint.response(200, schemas.BadRowsAnswer)
def list_bad_rows(query: dict[str, Any], dataset_id: str) -> Any:
    """Return the rows that were left out of a dataset that is read with `bad_rows=report`."""
    datasets = current_service().datasets
    dataset = datasets.get(current_user().id, dataset_id)
    found = datasets.files.bad_rows(dataset)
    if query["format"] == "json":
        return found
    text = io.StringIO()
    writer = csv.DictWriter(text, ["line", "reason", "detail"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(found["rows"])
    answer = Response(text.getvalue(), mimetype="text/csv")
    filename = safe_filename(f"{dataset.name}-bad-rows", ".csv")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


@blueprint.route("/datasets/<dataset_id>/content", methods=["GET"])
def download_dataset(dataset_id: str) -> Response:
    """Return the CSV that is read, or a range of it: the upload byte for byte, or what was made of it."""
    service = current_service()
    dataset = service.datasets.get(current_user().id, dataset_id)
    blob = service.datasets.files.csv(dataset)
    return send_blob(service.ports.blobs, blob, safe_filename(dataset.name, ".csv"), "text/csv")


@blueprint.route("/datasets/<dataset_id>/original", methods=["GET"])
def download_original(dataset_id: str) -> Response:
    """Return the upload as it came, byte for byte, or a range of it."""
    service = current_service()
    dataset = service.datasets.get(current_user().id, dataset_id)
    blob, format = service.datasets.files.original(dataset)
    return send_blob(service.ports.blobs, blob, safe_filename(dataset.name, SUFFIXES[format]), MEDIA_TYPES[format])


@blueprint.route("/datasets/<dataset_id>/report", methods=["GET"])
def get_dataset_report(dataset_id: str) -> Response:
    """Return the report as an HTML page that works offline: profile and warnings of each column."""
    service = current_service()
    dataset = service.datasets.get(current_user().id, dataset_id)
    filename = safe_filename(f"{dataset.name}-report", ".html")
    return send_report(service.ports.blobs, service.datasets.files.report(dataset), filename)


@blueprint.route("/datasets/<dataset_id>", methods=["PATCH"])
@blueprint.arguments(schemas.CorrectionBody)
@blueprint.response(200, schemas.DatasetAnswer)
def correct_dataset(body: dict[str, Any], dataset_id: str) -> dict[str, Any]:
    """Rename the dataset, or correct its detected format and column types."""
    service, user_id = current_service(), current_user().id
    dataset = service.datasets.update(user_id, dataset_id, body)
    service.activity.record(user_id, "dataset.corrected", f"dataset/{dataset_id}", ", ".join(sorted(body)))
    return serialize(dataset)


@blueprint.route("/datasets/<dataset_id>/checks", methods=["POST"])
@blueprint.arguments(schemas.CheckBody)
@blueprint.response(200, schemas.ChecksAnswer)
def check_dataset(body: dict[str, str], dataset_id: str) -> dict[str, Any]:
    """Check the dataset for a target: task, metric, and findings such as leakage."""
    return current_service().checks.run(current_user().id, dataset_id, body["target"])


@blueprint.route("/datasets/<dataset_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_dataset(dataset_id: str) -> None:
    """Delete the dataset, unless a job or prediction uses it."""
    service, user_id = current_service(), current_user().id
    service.eraser.dataset(user_id, dataset_id)
    service.activity.record(user_id, "dataset.deleted", f"dataset/{dataset_id}")


def _fetch_once(query: dict[str, Any]) -> Dataset:
    """Make a dataset of a body with a URL. Names and sheets may stand in the query, as those of other uploads do."""
    said = json_body(_URL_BODY)
    if options := options_in(query):
        entries = [{"field": name, "detail": "not with a url"} for name in options]
        detail = f"{next(iter(options))}: how a CSV is read can be said once it is fetched, by PATCH of the dataset."
        raise Invalid("NOT_WITH_URL", detail, entries)
    last = unquote(said["url"].split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1])
    name = said.pop("name", None) or query["name"] or name_of_file(last) or "dataset"
    if query["sheet"] is not None:
        said.setdefault("sheet", query["sheet"])
    key = request.headers.get("Idempotency-Key")
    return current_service().sources.once.create(current_user().id, name, said, key)


def _created(dataset: Dataset) -> Any:
    subject = f"dataset/{dataset.id}"
    current_service().activity.record(
        dataset.user_id, "dataset.created", subject, dataset.name, once=f"created#{subject}"
    )  # fmt: skip
    return serialize(dataset), {"Location": url_for("datasets.get_dataset", dataset_id=dataset.id)}


def serialize(dataset: Dataset) -> dict[str, Any]:
    """Return the dataset as its owner sees it."""
    profile = dataset.profile or {}
    return {
        "id": dataset.id,
        "name": dataset.name,
        "state": dataset.state,
        "size_bytes": dataset.size_bytes,
        "sha256": dataset.sha256,
        "rows": profile.get("rows"),
        "column_count": len(dataset.columns),
        "columns": profile.get("columns") or [{"name": name, **UNPROFILED} for name in dataset.header],
        # The profile repeats what was mended while reading.
        "warnings": list(dict.fromkeys([*dataset.warnings, *profile.get("warnings", [])])),
        **asdict(dataset.dialect),
        "source_format": dataset.source_format,
        "sheet": dataset.sheet,
        "sheets": dataset.sheets,
        "bad_row_count": profile.get("bad_rows"),
        "types": dataset.types,
        "column_options": dataset.column_options,
        "error": dataset.error,
        "origin": dataset.origin,
        "created_at": dataset.created_at,
    }


def serialize_brief(dataset: Dataset) -> dict[str, Any]:
    """Return the same without its columns, of which there may be thousands."""
    return {name: value for name, value in serialize(dataset).items() if name != "columns"}
