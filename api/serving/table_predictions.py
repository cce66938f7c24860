"""Predictions of a whole table: the request's CSV in, and out come the same rows with columns added, streamed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, request

from api.context import current_service
from api.http.bodies.spooling import prefetch_first, spool
from api.http.bodies.uploads import CSV, open_upload
from api.http.csv_injection import escape_formulas
from api.http.threshold_header import tell_threshold
from api.serving.engine_errors import data_errors_as_invalid, not_usable
from core.datasets.csv_head import sniff_for_model
from core.models.stored_predictions import check_features
from core.observability.metrics import PREDICT_SECONDS
from csvfile.dialect import DialectOptions, options_in
from csvfile.sniffer import SniffResult

if TYPE_CHECKING:
    from automl.inference.servable import ServableModel
    from automl.inference.table_hooks import Completion, TableHooks
    from core.domain.records import Model as ModelRecord

CHUNK_BYTES = 1 << 18
READ_OTHERWISE = "If the file has it, set how the file is written: `delimiter`, `encoding`, `header`."


@dataclass(frozen=True)
class TableOptions:
    """How a table is read and answered.

    Attributes:
        dialect: how it is written, as far as the caller says.
        spreadsheet: whether cells that a spreadsheet would take for formulas begin with a quote mark.
        strict: whether a table is refused of which something cannot be used.
    """

    dialect: DialectOptions
    spreadsheet: bool = False
    strict: bool = False

    @classmethod
    def of_query(cls, query: dict[str, Any]) -> TableOptions:
        """Return the options that a query asks for."""
        return cls(options_in(query), query["spreadsheet"], query["strict"])


def predict_upload(
    record: ModelRecord, load: Callable[[ModelRecord], ServableModel], options: TableOptions,
    hooks_of: Callable[[list[str]], TableHooks | None] = lambda names: None,
) -> Response:  # fmt: skip
    """Answer the CSV that is the request's body.

    Args:
        record: of the model.
        load: the model of a record.
        options: how the table is read and answered.
        hooks_of: returns what is done with the rows besides, by the names of the table's columns.
    """
    settings = current_service().settings
    # First all of it in, onto the disk, then all of it out: most clients read nothing before they have sent all.
    file = tempfile.TemporaryFile(prefix="nobrains-predict-")  # noqa: SIM115 (the answer closes it)
    try:
        head = spool(open_upload(request, settings.max_upload_bytes).chunks, file, settings.max_upload_bytes)
        sniffed = sniff_for_model(head, record, max_columns=settings.max_columns, given=options.dialect)
        delimiter = sniffed.dialect.delimiter
        hooks = hooks_of(sniffed.header)
        completion = hooks.completion if hooks else None
        check_features(record, [*sniffed.header, *(completion.gives if completion else ())], READ_OTHERWISE)
        model = load(record)
        if options.strict:
            _check(model, file, sniffed, completion)
        chunks = prefetch_first(_predict(model, file, sniffed, hooks))
        if options.spreadsheet:
            chunks = escape_formulas(chunks, delimiter)
        answer = Response(chunks, mimetype=CSV)
    except BaseException:
        file.close()
        raise
    answer.call_on_close(file.close)
    answer.headers.set("Content-Disposition", "attachment", filename="predictions.csv")
    answer.headers["CSV-Delimiter"] = quote(delimiter, safe="")
    tell_threshold(answer, record)
    return answer


def _predict(model: ServableModel, file: IO[bytes], sniffed: SniffResult, hooks: TableHooks | None) -> Iterator[bytes]:
    from automl.inference.predict_csv import predict_csv

    with data_errors_as_invalid(), PREDICT_SECONDS.labels("csv").time():
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        yield from predict_csv(model, chunks, sniffed.dialect, names=sniffed.header, hooks=hooks)


def _check(model: ServableModel, file: IO[bytes], sniffed: SniffResult, completion: Completion | None) -> None:
    """Raise Invalid if anything in the file cannot be used, and rewind it."""
    from automl.inference.predict_csv import check_csv

    with data_errors_as_invalid():
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        check = check_csv(model, chunks, sniffed.dialect, names=sniffed.header, completion=completion)
    if warnings := check.warnings:
        raise not_usable(warnings)
    file.seek(0)
