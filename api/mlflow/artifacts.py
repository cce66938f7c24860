"""Files of runs and versions as MLflow's artifacts: a model's directory, ONNX, report, evaluation.

Below `models/ID` they are as it was trained, below `versions/ENDPOINT/NUMBER` they answer by the version's rule.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import Response

from api.context import current_service, current_user
from api.http.downloads import send_blob
from api.mlflow.blueprint import blueprint
from api.mlflow.requests import sent_fields, text_field
from core.domain.records import Model
from core.endpoints.routing import MAX_DIGITS
from core.errors import NotFound
from core.ports import BlobInfo, Blobs
from core.storage.blob_file import BlobFile

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
DIRECTORY = "model"
CHUNK_BYTES = 1024 * 1024
MODELS, VERSIONS, RUNS = "models", "versions", "runs"


def _onnx(model: Model) -> BlobInfo:
    return current_service().exports.onnx(model)


def _report(model: Model) -> BlobInfo:
    return current_service().models.report(model)


def _evaluation(model: Model) -> BlobInfo:
    return current_service().models.evaluation(model)


FILES: dict[str, Callable[[Model], BlobInfo]] = {
    "model.onnx": _onnx,
    "report.html": _report,
    "evaluation.json": _evaluation,
}
"""Files beside the model directory, and what finds each."""


@blueprint.route(ARTIFACTS, methods=["GET"])
def list_artifacts() -> dict[str, Any]:
    """List a folder of a model's files; a file, or a run without a model, has nothing below it."""
    path = text_field(sent_fields(), "path", "")
    if path.strip("/").split("/")[0] in ("", RUNS):
        return {"files": []}
    model, below = _located(path)
    if not below:
        return {"files": [{"path": DIRECTORY, "is_dir": True}, *_files(model)]}
    if below[0] != DIRECTORY:
        return {"files": []}
    with _opened(current_service().ports.blobs, current_service().exports.mlflow(model)) as archive:
        return {"files": _entries(archive, "".join(f"{part}/" for part in below[1:]))}


@blueprint.route(f"{ARTIFACTS}/<path:path>", methods=["GET"])
def download_artifact(path: str) -> Response:
    """Return one of a model's files."""
    model, below = _located(path)
    name = "/".join(below)
    if name in FILES:
        return send_blob(current_service().ports.blobs, FILES[name](model), name, "application/octet-stream")
    if len(below) < 2 or below[0] != DIRECTORY:
        raise NotFound("artifact", path[:300])
    blobs, blob = current_service().ports.blobs, current_service().exports.mlflow(model)
    with _opened(blobs, blob) as archive:
        entry = archive.NameToInfo.get("/".join(below[1:]))
    if entry is None:
        raise NotFound("artifact", path[:300])
    answer = Response(_content(blobs, blob, entry), mimetype="application/octet-stream")
    answer.content_length = entry.file_size
    return answer


def _located(path: str) -> tuple[Model, list[str]]:
    """Return the model that a path is of, and the path's parts below it; raises NotFound."""
    root, *parts = path.strip("/").split("/")
    service, user_id = current_service(), current_user().id
    if root == MODELS and parts:
        return replace(service.models.get(user_id, parts[0]), decision=None), parts[1:]
    if root == VERSIONS and len(parts) > 1 and parts[1].isascii() and parts[1].isdigit():
        version = service.versions.get(user_id, parts[0], int(parts[1][:MAX_DIGITS]))
        return replace(service.models.get(user_id, version.model_id), decision=version.decision), parts[2:]
    raise NotFound("artifact", path[:300])


def _files(model: Model) -> Iterator[dict[str, Any]]:
    yield {"path": "model.onnx", "is_dir": False}
    for name, kept in (("report.html", model.report), ("evaluation.json", model.evaluation)):
        if kept is not None:
            yield {"path": name, "is_dir": False, "file_size": kept["size_bytes"]}


def _entries(archive: zipfile.ZipFile, folder: str) -> list[dict[str, Any]]:
    """Return the files and folders right below a folder of the archive."""
    found: dict[str, dict[str, Any]] = {}
    for entry in archive.infolist():
        if entry.filename.startswith(folder):
            name, slash, _ = entry.filename.removeprefix(folder).partition("/")
            size = {} if slash else {"file_size": entry.file_size}
            found[name] = {"path": name, "is_dir": bool(slash), **size}
    return list(found.values())


def _opened(blobs: Blobs, blob: BlobInfo) -> zipfile.ZipFile:
    """Open a model directory, of which only what is wanted will be read."""
    return zipfile.ZipFile(BlobFile(blobs, blob, 2 * blob.size_bytes))


def _content(blobs: Blobs, blob: BlobInfo, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with _opened(blobs, blob) as archive, archive.open(entry) as member:
        while chunk := member.read(CHUNK_BYTES):
            yield chunk
