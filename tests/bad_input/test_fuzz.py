"""The road of a CSV, from its first bytes to its profile, under whatever hypothesis thinks of: every file is read or
refused with a reason, in bounded time and memory."""

from __future__ import annotations

import gc
import gzip
import io
from collections import Counter

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl.errors import DataError
from automl.io.csv_reader import read_csv
from automl.profiling.profile import profile
from core.errors import TooLarge
from core.storage.compression import unpack
from core.strict_json import Malformed
from csvfile.encoding import HEAD_BYTES
from csvfile.errors import CsvError
from csvfile.sniffer import preview, sniff

EXAMPLES = 400
GROWTH_BYTES = 64 << 20
"""More than the allocator keeps back, much less than a leak of each example would make."""

bounded = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))

CELLS = st.one_of(
    st.sampled_from([
        "", "NA", "nan", "inf", "-Infinity", "1e999", "-0", "1_000", "1,5", "0x1F", "9" * 30, "1e-400", "true", "Yes",
        "2020-02-30", "2020-01-01T00:00:00+99:99", "0000-00-00", "9999-12-31", "25:61", "€ 1.000,00", "=1+1", "@x", "'",
        '"', '""', '"a"b', "a\nb", "a\rb", "\t", "\x1a", "\x00", "<b>", "../x", "\ufeff", "\u202e", "👩‍🚀", "\ud7ff",
    ]),
    st.text(max_size=12), st.integers().map(str), st.floats().map(str), st.datetimes().map(str),
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Something like a CSV: cells joined with this and that, in some encoding, and then perhaps damaged."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", " "]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    quoted = draw(st.booleans())
    width = draw(st.integers(1, 6))

    def line(cells: list[str]) -> str:
        return delimiter.join('"' + cell.replace('"', '""') + '"' if quoted else cell for cell in cells)

    ragged = st.lists(CELLS, min_size=max(1, width - draw(st.integers(0, 1))), max_size=width + draw(st.integers(0, 1)))
    text = end.join(map(line, draw(st.lists(ragged, max_size=12))))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]))
    data = text.encode(encoding, "replace") * draw(st.sampled_from([1, 1, 1, 40]))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 3)) :]
    return data


def walk(data: bytes) -> str:
    """The whole road of one file; how it ended."""
    complete = len(data) < HEAD_BYTES
    try:
        sniffed = sniff(data[:HEAD_BYTES], complete=complete, max_columns=50)
    except CsvError as error:
        return said(error)
    shown = preview(data[:HEAD_BYTES], sniffed.dialect, 20, complete=complete)
    assert shown["columns"] == sniffed.header
    try:
        frame = read_csv(io.BytesIO(data), sniffed.dialect)
        found = profile(frame, {})
    except DataError as error:
        return said(error)
    assert [column["name"] for column in found["columns"]] == sniffed.header
    assert found["rows"] == len(frame)
    return "read"


def said(error: CsvError | DataError) -> str:
    """Its reason; it has one, and words."""
    assert error.reason
    assert error.detail
    return error.reason


def memory_bytes() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def test_read_or_refused_and_memory_does_not_grow() -> None:
    ends: Counter[str] = Counter()

    @bounded
    @given(files() | st.binary(max_size=400))
    def fuzz(data: bytes) -> None:
        ends[walk(data)] += 1

    fuzz()  # Imports, caches and pools are made.
    before = memory_bytes()
    fuzz()
    assert memory_bytes() - before < GROWTH_BYTES
    # Of some 800 files one in six is read: fewer than one in sixteen, and the test would try refusals alone.
    assert ends["read"] > EXAMPLES // 8, ends
    assert len(ends) > 3, ends


@bounded
@given(st.binary(max_size=2000), st.booleans(), st.integers(1, 300), st.data())
def test_gzip_is_unpacked_or_refused(data: bytes, packed: bool, size: int, draw: st.DataObject) -> None:
    body = gzip.compress(data) if packed else data
    if packed and draw.draw(st.booleans()):
        at = draw.draw(st.integers(0, len(body)))
        body = body[:at] + draw.draw(st.binary(max_size=3)) + body[at + 1 :]
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    try:
        unpacked = b"".join(unpack(chunks, "gzip", Malformed))
    except (Malformed, TooLarge):
        return
    assert len(unpacked) <= 16 << 20


@pytest.mark.parametrize(
    "data",
    [
        b'"' * 400_000,
        b'a,b\n"' + b'""' * 400_000,
        b"," * 9_000 + b"\n" + (b"," * 9_000 + b"\n") * 20,
        b"a\n" + b"\n" * 900_000,
        b"a,b\n" + b'"\n' * 300_000,
        b"a;b,c|d\te\n" * 50_000,
        ("é" * 300_000).encode("utf-16") + b"\n\0",
        b"a,b\n1," + b"9" * 900_000 + b"\n",
        b"a,b\n" + b"".join(b"%d,=%d+1\n" % (n, n) for n in range(60_000)),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_could_take_long(data: bytes) -> None:
    walk(data)  # Well within the test's time limit.
