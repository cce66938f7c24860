"""Try a source: reach it, and show its first rows, while its user waits."""

from __future__ import annotations

from typing import Any

import orjson

from core.datasets.csv_head import preview_head, sniff_head
from core.domain.records import Json
from core.errors import FetchFailed
from core.source_ports import AUTO
from core.storage.streams import peek
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import CSV, JSON_LINES, detect_format
from worker.fetcher.fetch_run import FetchRun

CHECK_S = 15.0
ROWS = 20


class CheckHandler:
    """Reach a source and return {format, name, version, columns, rows}, the last two of text tables alone."""

    def run(self, run: FetchRun) -> Json:
        """Read the first MiB at most. Raises FetchFailed, Invalid."""
        source = run.service.sources.checks.source_of(run.ref)
        if source is None:
            raise FetchFailed("SOURCE_DELETED", "The source was deleted.")
        with run.opened(source.kind, source.spec, seconds=CHECK_S) as opened:
            assert opened is not None, "nothing is unchanged without an earlier version"
            head, _ = peek(opened.chunks, HEAD_BYTES)
            format = detect_format(head) or (CSV if opened.format == AUTO else opened.format)
            found = {"format": format, "name": opened.name, "version": opened.version}
        if format == JSON_LINES:
            return {**found, **_json_rows(head)}
        if format == CSV:
            sniffed = sniff_head(head, max_columns=run.service.settings.max_columns)
            return {**found, **preview_head(head, sniffed.dialect, ROWS), "warnings": sniffed.warnings}
        return found


def _json_rows(head: bytes) -> Json:
    """Return {columns, rows} of the first lines, as far as they are whole."""
    lines = head.splitlines() if len(head) < HEAD_BYTES else head.splitlines()[:-1]
    records: list[Json] = []
    for line in lines[:ROWS]:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as exc:
            raise FetchFailed("BAD_JSON_LINE", f"Line {len(records) + 1} is no JSON: {exc}.") from exc
        if isinstance(record, dict):
            records.append(record)
    columns = list(dict.fromkeys(name for record in records for name in record))
    return {"columns": columns, "rows": [[_text(record.get(name)) for name in columns] for record in records]}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
