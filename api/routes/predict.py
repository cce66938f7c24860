"""Predictions over HTTP: a few rows as JSON, or a whole table as CSV, streamed out.

The only module of the api that needs the engine, and it loads it for the first request.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote

from flask import Response, current_app, request
from flask.blueprints import BlueprintSetupState
from marshmallow import ValidationError

from api.context import EXTENSION, current_service, current_user
from api.http.blueprint import Blueprint, invalid
from api.http.csv_injection import escape_formulas
from api.http.instances import columns_of, ignored_columns
from api.http.spooling import prefetch_first, spool
from api.http.uploads import BODY_DOCS, CSV, MULTIPART, open_upload
from api.middleware.auth import predicts
from api.model_cache import ModelCache
from api.schemas.predict import MAX_EXPLAINED, PredictAnswer, PredictBody, PredictCsvQuery
from core.datasets.csv_head import sniff_for_model
from core.domain.records import UPLOADED
from core.errors import Conflict, Corrupted, Invalid, Unsupported
from core.models.stored_predictions import check_features
from core.models.uploaded_models import check_explainable
from core.observability.metrics import PREDICT_SECONDS
from core.settings import MIB
from csvfile.dialect import DialectOptions, options_in
from csvfile.sniffer import SniffResult

if TYPE_CHECKING:
    from automl import Model
    from automl.inference.input_check import Flagged, InputWarning
    from automl.inference.servable import ServableModel
    from automl.onnx.uploaded.model import UploadedModel
    from core.domain.records import Model as ModelRecord

CACHE = "nobrains_models"
CHUNK_BYTES = 1 << 18
READ_OTHERWISE = "If the file has it, set how the file is written: `delimiter`, `encoding`, `header`."
BODY = PredictBody()
"""Made once: making a schema costs more than reading a row with it."""
DAMAGED = frozenset({"NOT_A_BUNDLE", "BUNDLE_DAMAGED", "BUNDLE_TOO_LARGE"})

blueprint = Blueprint("predict", __name__, description="Online predictions.")


DOCS = {
    "requestBody": {
        **BODY_DOCS,
        "content": {"application/json": {"schema": PredictBody}, **BODY_DOCS["content"]},
    },
    "responses": {
        "200": {"content": {"application/json": {"schema": PredictAnswer}, CSV: {"schema": {"type": "string"}}}},
    },
}


@blueprint.record_once  # type: ignore[untyped-decorator]
def _set_up(state: BlueprintSetupState) -> None:
    service = state.app.extensions[EXTENSION]
    capacity_bytes = service.settings.model_cache_mib * MIB
    state.app.extensions[CACHE] = ModelCache(capacity_bytes, service.models.content, _load)


@blueprint.route("/models/<model_id>/predict", methods=["POST"])
@blueprint.doc(**DOCS)
@blueprint.arguments(PredictCsvQuery, location="query")
@predicts
def predict(query: dict[str, Any], model_id: str) -> Response:
    """Predict rows: JSON in, JSON out; or CSV in, and out come the same rows with columns added.

    These are `prediction`, `probability_<class>` and `prediction_warnings`.
    """
    record = current_service().models.remembered.get((current_user().id, model_id))
    if request.mimetype == "application/json":
        return _predict_json(record)
    if request.mimetype in (CSV, MULTIPART):
        return _predict_csv(record, options_in(query), spreadsheet=query["spreadsheet"], strict=query["strict"])
    sent = repr(request.mimetype[:100]) if request.mimetype else "none"
    raise Unsupported("UNSUPPORTED_MEDIA_TYPE", f"Send Content-Type: application/json or {CSV}, not {sent}.")


def _predict_json(record: ModelRecord) -> Response:
    body = _body()
    instances = body["instances"]
    if body["explain"] and len(instances) > MAX_EXPLAINED:
        raise Invalid(
            "TOO_MANY_TO_EXPLAIN", f"At most {MAX_EXPLAINED} rows can be explained at once, not {len(instances):,}.",
            [{"field": "explain", "detail": "too many instances", "hint": "send fewer rows, or explain: false"}],
        )  # fmt: skip
    columns, extra = columns_of(instances, [feature["name"] for feature in record.summary["features"]])
    check_features(record, columns)
    if body["explain"]:
        check_explainable(record)
    model = _model(record)
    if record.summary.get("csv", {}).get("skip_initial_space"):  # These may be copies of cells that were read so.
        columns = {name: [_without_initial_space(cell) for cell in cells] for name, cells in columns.items()}
    columns = columns or {"": [None] * len(instances)}  # some column must say how many rows there are
    with PREDICT_SECONDS.labels("json").time():
        with _data_errors_as_invalid():
            raw, flagged = model.predict_raw_checked(columns)
        predictions = model.to_prediction(raw).tolist()
    warnings = _warnings(flagged, strict=body["strict"])
    answer: dict[str, Any] = {"predictions": predictions}
    if raw.ndim == 2:
        labels = [str(label) for label in model.classes_]
        answer["predictions"] = [str(label) for label in predictions]
        answer["probabilities"] = [dict(zip(labels, row, strict=True)) for row in raw.tolist()]
    answer |= _unit(model, predictions)
    if body["explain"]:
        from automl import explain

        with _data_errors_as_invalid():
            explanations = explain(model, columns)
        answer["explanations"] = [each.contributions for each in explanations]
        answer["explanation_bases"] = [each.base for each in explanations]
        answer["explanation_unit"] = "target" if raw.ndim == 1 else "probability"
    if warnings := [*warnings, *ignored_columns(extra, len(instances))]:
        answer["warnings"] = warnings
    return cast(Response, current_app.json.response(answer))


def _without_initial_space(cell: Any) -> Any:
    return cell.lstrip(" ") if isinstance(cell, str) else cell


def _unit(model: ServableModel, predictions: list[Any]) -> dict[str, Any]:
    """Return `{target_unit?, formatted?}`: the unit of predicted numbers, and times as the table writes them."""
    unit = model.summary.get("target_unit")
    document = {"target_unit": unit} if unit else {}
    written = model.format_predictions(predictions)
    return document if written is None else {**document, "formatted": written}


def _warnings(flagged: Iterable[Flagged], *, strict: bool) -> list[dict[str, Any]]:
    """Return what could not be used of the rows; raises Invalid if that is anything and the caller is strict."""
    from automl.inference.input_check import InputCheck

    check = InputCheck()
    check.add(flagged)
    warnings = check.warnings
    if strict and warnings:
        raise _not_usable(warnings)
    return [warning.to_json() for warning in warnings]


def _not_usable(warnings: Sequence[InputWarning]) -> Invalid:
    return Invalid(
        "INPUT_NOT_USABLE",
        "Not every value can be used as it stands, and strict was asked for.",
        [
            {"field": each.column, "detail": each.detail, "hint": "correct it, or predict without strict"}
            for each in warnings
        ],
    )


def _body() -> dict[str, Any]:
    value = blueprint.ARGUMENTS_PARSER.load_json(request, BODY)
    try:
        return cast(dict[str, Any], BODY.load(value))
    except ValidationError as exc:
        raise invalid(exc, BODY) from exc


def _predict_csv(record: ModelRecord, options: DialectOptions, *, spreadsheet: bool, strict: bool) -> Response:
    settings = current_service().settings
    # First all of it in, onto the disk, then all of it out: most clients read nothing before they have sent all.
    file = tempfile.TemporaryFile(prefix="nobrains-predict-")  # noqa: SIM115 (the answer closes it)
    try:
        head = spool(open_upload(request, settings.max_upload_bytes).chunks, file, settings.max_upload_bytes)
        sniffed = sniff_for_model(head, record, max_columns=settings.max_columns, given=options)
        delimiter = sniffed.dialect.delimiter
        check_features(record, sniffed.header, READ_OTHERWISE)
        model = _model(record)
        if strict:
            _check_csv(model, file, sniffed)
        chunks = prefetch_first(_table(model, file, sniffed))
        if spreadsheet:
            chunks = escape_formulas(chunks, delimiter)
        answer = Response(chunks, mimetype=CSV)
    except BaseException:
        file.close()
        raise
    answer.call_on_close(file.close)
    answer.headers.set("Content-Disposition", "attachment", filename="predictions.csv")
    answer.headers["CSV-Delimiter"] = quote(delimiter, safe="")
    return answer


def _table(model: ServableModel, file: IO[bytes], sniffed: SniffResult) -> Iterator[bytes]:
    from automl.inference.predict_csv import predict_csv

    with _data_errors_as_invalid(), PREDICT_SECONDS.labels("csv").time():
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        yield from predict_csv(model, chunks, sniffed.dialect, names=sniffed.header)


def _check_csv(model: ServableModel, file: IO[bytes], sniffed: SniffResult) -> None:
    """Raise Invalid if anything in the file cannot be used, and rewind it."""
    from automl.inference.predict_csv import check_csv

    with _data_errors_as_invalid():
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        check = check_csv(model, chunks, sniffed.dialect, names=sniffed.header)
    if warnings := check.warnings:
        raise _not_usable(warnings)
    file.seek(0)


@contextmanager
def _data_errors_as_invalid() -> Iterator[None]:
    from automl.errors import AutoMLError

    try:
        yield
    except AutoMLError as exc:
        entry = {"line": exc.line, "column": exc.column, "detail": exc.detail, "hint": exc.hint}
        entries = [{key: value for key, value in entry.items() if value is not None}]
        raise Invalid(exc.reason, f"{exc.detail} {exc.hint}".strip(), entries) from exc


def _model(record: ModelRecord) -> Model | UploadedModel:
    return cast("Model | UploadedModel", current_app.extensions[CACHE].get(record))


def _load(path: Path, record: ModelRecord) -> Model | UploadedModel:
    import automl
    from automl.errors import BundleError

    if record.origin == UPLOADED:
        from automl.onnx.uploaded.load import load_uploaded

        return load_uploaded(path.read_bytes(), record.summary)
    try:
        return automl.load(path)
    except BundleError as exc:
        if exc.reason in DAMAGED:
            raise Corrupted(str(exc)) from exc
        raise Conflict(exc.reason, str(exc)) from exc


def warm() -> None:
    """Import the engine ahead of the first prediction: it takes seconds. For a thread of its own."""
    import automl.inference.bundle
    import automl.inference.predict_csv  # noqa: F401
