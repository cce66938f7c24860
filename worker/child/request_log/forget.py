"""Write segments of requests anew, without those of one key, in the child."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from core.domain.records import Json
from worker.child.pipe import Pipe
from worker.messages.of_kept_requests import ForgetRequest, ForgetResult

if TYPE_CHECKING:
    import pyarrow as pa


def forget(request: ForgetRequest, folder: Path, pipe: Pipe) -> ForgetResult:
    """Write each file that has the key as another one, or none if nothing is left of it."""
    changed: list[Json] = []
    ids: list[str] = []
    for name in request.files:
        rewrite = _rewrite_parquet if name.endswith(".parquet") else _rewrite_lines
        left, gone = rewrite(folder / name, folder / f"kept-{name}", request.key)
        if gone:
            ids += gone
            bounds = {"first": min(left), "last": max(left)} if left else {"first": "", "last": ""}
            changed.append({"file": name, "kept": f"kept-{name}" if left else None, "rows": len(left), **bounds})
    return ForgetResult(changed, ids)


def _rewrite_lines(source: Path, target: Path, key: str) -> tuple[list[str], list[str]]:
    """Return the ids that are left and those that are gone."""
    data = gzip.decompress(source.read_bytes())
    if orjson.dumps(key) not in data:
        return [], []
    lines = data.splitlines(keepends=True)
    read = [orjson.loads(line) for line in lines]
    left = [line for line, each in zip(lines, read, strict=True) if each["key"] != key]
    target.write_bytes(gzip.compress(b"".join(left), 6))
    return [each["id"] for each in read if each["key"] != key], [each["id"] for each in read if each["key"] == key]


def _rewrite_parquet(source: Path, target: Path, key: str) -> tuple[list[str], list[str]]:
    # Not in every child that is started: only few tasks take Parquet.
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = pq.ParquetFile(source)
    left: list[str] = []
    gone: list[str] = []
    with pq.ParquetWriter(target, file.schema_arrow) as writer:
        for number in range(file.num_row_groups):
            rows: pa.Table = file.read_row_group(number)
            is_gone: Any = pc.fill_null(pc.equal(rows["key"], key), False)
            kept = rows.filter(pc.invert(is_gone))
            gone += rows.filter(is_gone)["id"].to_pylist()
            left += kept["id"].to_pylist()
            if kept.num_rows:
                writer.write_table(kept)
    return left, gone
