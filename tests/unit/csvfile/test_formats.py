"""Formats by how a file begins."""

from __future__ import annotations

import pytest

from csvfile.errors import CsvError
from csvfile.formats import check_options, detect_format, format_of_zip


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"PK\x03\x04...", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1", "parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b'{"a": 1}', "jsonl"),
        (b'\xef\xbb\xbf{"a": 1}\n', "jsonl"),
        (b'\n {"a\\"b": "}{"}\r\n\r\n{"a', "jsonl"),
        (b"{}\n{}", "jsonl"),
        (b'{"a": 1}\n[1]', None),
        (b'{\n  "a": 1\n}\n', None),
        (b'[{"a": 1}]', None),
        (b"{a},{b}\n1,2\n", None),
        (b'{"a"},b\n', None),
        (b"a,b\n1,2\n", None),
        (b"", None),
    ],
)
def test_a_format_is_recognized_by_the_first_bytes(head: bytes, format: str | None) -> None:
    assert detect_format(head) == format


@pytest.mark.parametrize(
    ("names", "format"),
    [
        ({"[Content_Types].xml", "xl/workbook.xml"}, "xlsx"),
        ({"xl/workbook.bin"}, "xlsb"),
        ({"mimetype", "content.xml"}, "ods"),
        ({"data.csv", "mimetype"}, "zip"),
        (set(), "zip"),
    ],
)
def test_a_zip_is_what_its_directory_says(names: set[str], format: str) -> None:
    assert format_of_zip(names) == format


@pytest.mark.parametrize(
    ("format", "sheet", "options", "reason"),
    [
        ("csv", "A", {}, "NO_SHEETS"),
        ("parquet", "A", {}, "NO_SHEETS"),
        ("xlsx", "A", {"encoding": "utf-8"}, "NOT_A_TEXT_FILE"),
        ("jsonl", None, {"header": False}, "NOT_A_TEXT_FILE"),
        ("xlsx", "A", {"header": False, "skip_rows": 2}, None),
        ("csv", None, {"delimiter": ";"}, None),
        ("zip", "A", {"delimiter": ";"}, None),
    ],
)
def test_what_a_format_does_not_have_is_refused(
    format: str, sheet: str | None, options: dict[str, object], reason: str | None
) -> None:
    if reason is None:
        check_options(format, sheet, options)
        return
    with pytest.raises(CsvError) as raised:
        check_options(format, sheet, options)
    assert raised.value.reason == reason
