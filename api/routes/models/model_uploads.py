"""Models that users bring along, over HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from flask import request, url_for
from marshmallow import ValidationError

from api.context import current_service, current_user
from api.http.blueprint import Blueprint, invalid
from api.http.bodies.multipart import read_form
from api.http.bodies.uploads import MULTIPART, open_body
from api.routes.models.models import serialize_any
from api.schemas.model_uploads import ModelUploadQuery
from api.schemas.models import ModelAnswer
from api.schemas.names import name_of_file
from core.datasets.csv_head import preview_head, sniff_head
from core.domain.records import Json, Model
from core.errors import Invalid, Unsupported
from core.models.model_upload import MAX_BACKGROUND_BYTES, MAX_BACKGROUND_ROWS, REJECTED
from core.models.uploaded_models import new_upload
from core.storage.streams import file_too_large, limit_bytes
from csvfile.encoding import HEAD_BYTES

blueprint = Blueprint("model_uploads", __name__, description="Models of your own.")

ONNX_TYPES = ("application/octet-stream", "application/onnx", "application/x-onnx")
CHUNK_BYTES = 1 << 18
MAX_FIELD_BYTES = 256 * 1024
FORM_BYTES = 4 << 20
"""Of a form, what is not the model: fields, background rows, headers."""

_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": _FILE,
        "background": {**_FILE, "description": f"CSV with up to {MAX_BACKGROUND_ROWS} rows that the model knows."},
        **{name: {"type": "string"} for name in ModelUploadQuery().fields},
    },
}
DOCS = {
    "required": True,
    "content": {**{each: {"schema": _FILE} for each in ONNX_TYPES}, MULTIPART: {"schema": _FORM}},
}


@blueprint.route("/models", methods=["POST"])
@blueprint.doc(requestBody=DOCS)
@blueprint.arguments(ModelUploadQuery, location="query")
@blueprint.response(201, ModelAnswer)
@blueprint.alt_response(202, schema=ModelAnswer, description="The check takes longer: ask for the model again.")
def upload_model(query: dict[str, Any]) -> Any:
    """Upload a model as an ONNX file. A worker checks it on made-up rows, without a network, before it can predict.

    In a form, the fields may be parts as well, and `background` is a CSV of rows that the model knows: explanations
    compare with them.
    """
    service, user_id = current_service(), current_user().id
    with tempfile.TemporaryFile(prefix="nobrains-model-") as file:
        said, background, filename = _read(query, file, service.settings.max_model_bytes)
        name = said.pop("name", None) or filename or "model"
        file.seek(0)
        key = request.headers.get("Idempotency-Key")
        found = service.uploads.create(new_upload(user_id, name, said, background), _chunks(file), key)
    if not isinstance(found, Model):
        found = service.uploads.wait(found)
    if not isinstance(found, Model) and found.state == REJECTED:
        error = found.error or {}
        service.uploads.delete_rows(user_id, found.id)
        raise Invalid(
            error.get("reason", "MODEL_INVALID"), f"{error.get('detail', '')} {error.get('hint', '')}".strip()
        )
    subject = f"model/{found.id}"
    service.activity.record(user_id, "model.uploaded", subject, name, once=f"uploaded#{subject}")
    headers = {"Location": url_for("models.get_model", model_id=found.id)}
    return serialize_any(found), 201 if isinstance(found, Model) else 202, headers


def _read(query: dict[str, Any], file: IO[bytes], max_bytes: int) -> tuple[Json, list[Json], str | None]:
    """Write the model to the file; return what is said of it, the background rows, and the file's name."""
    if request.mimetype not in (*ONNX_TYPES, MULTIPART):
        sent = repr(request.mimetype[:100]) if request.mimetype else "none"
        raise Unsupported(
            "UNSUPPORTED_MEDIA_TYPE",
            f"Send Content-Type: {ONNX_TYPES[0]} with the ONNX file as the body, or {MULTIPART} with a part 'file', "
            f"not {sent}.",
        )
    said = {name: value for name, value in query.items() if value is not None}
    if request.mimetype != MULTIPART:
        for chunk in limit_bytes(open_body(request, max_bytes), max_bytes, file_too_large(max_bytes)):
            file.write(chunk)
        return said, [], None
    with tempfile.SpooledTemporaryFile(max_size=FORM_BYTES) as rows:
        most = max_bytes + FORM_BYTES
        limited = limit_bytes(open_body(request, most), most, file_too_large(max_bytes))
        texts, names = read_form(
            limited,
            request.mimetype_params.get("boundary", ""),
            {"file": file, "background": rows},
            dict.fromkeys(ModelUploadQuery().fields, MAX_FIELD_BYTES),
        )
        if "file" not in names:
            raise Invalid(
                "FILE_MISSING", "The body has no part named 'file'. Send the ONNX file as that part.",
                [{"field": "file", "detail": "missing"}],
            )  # fmt: skip
        if file.tell() > max_bytes:
            raise file_too_large(max_bytes)
        rows.seek(0)
        background = _background(rows.read()) if "background" in names else []
    return {**said, **_fields(texts)}, background, name_of_file(names["file"])


def _fields(texts: dict[str, str]) -> Json:
    schema = ModelUploadQuery()
    try:
        loaded = schema.load(texts)
    except ValidationError as exc:
        raise invalid(exc, schema) from exc
    return {name: value for name, value in loaded.items() if value is not None}


def _background(content: bytes) -> list[Json]:
    """Return [{column, cells}] of a CSV."""
    head = content[:HEAD_BYTES]
    sniffed = sniff_head(head, max_columns=current_service().settings.max_columns)
    found = preview_head(head, sniffed.dialect, MAX_BACKGROUND_ROWS)
    names: list[str] = found["columns"]
    cells: dict[str, list[str | None]] = {name: [] for name in names}
    taken = 0
    for row in found["rows"]:
        taken += sum(map(len, row))
        if taken > MAX_BACKGROUND_BYTES:
            break
        for name, cell in zip(names, row, strict=False):
            cells[name].append(cell or None)
    if not any(cells.values()):
        raise Invalid("HEADER_ONLY", "background: The CSV has no rows, or rows that are too long.")
    return [{"column": name, "cells": column} for name, column in cells.items()]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")
