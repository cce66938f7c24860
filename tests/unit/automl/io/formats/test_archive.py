"""Archives of one table."""

from __future__ import annotations

import gzip
from functools import partial

import pytest

from automl.errors import DataError
from automl.io.formats.table_writer import Limits
from tests.unit.automl.io.formats.conftest import Convert
from tests.unit.automl.io.formats.workbooks import xlsx, zipped

packed = partial(gzip.compress, mtime=0)
"""Without the time: the names of the tests below come from what it makes, and must be the same in every process."""

CSV = b"n;city\n1;Rome\n2;Oslo\n"


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (zipped({"data.csv": CSV}), "csv"),
        (zipped({"folder/data.txt": CSV, "folder/readme.md": b"x", "__MACOSX/._data.csv": b"x"}), "csv"),
        (zipped({"anything": CSV}), "csv"),
        (zipped({"../../etc/data.csv": CSV}), "csv"),
        (packed(CSV), "csv"),
        (packed(CSV[:9]) + packed(CSV[9:]), "csv"),
        (packed(b'{"n": 1, "city": "Rome"}\n{"n": 2, "city": "Oslo"}\n'), "jsonl"),
        (zipped({"book.xlsx": xlsx({"A": [["n", "city"], [1, "Rome"], [2, "Oslo"]]})}), "xlsx"),
    ],
)
def test_the_one_table_inside_is_read(make_csv: Convert, data: bytes, format: str) -> None:
    made = make_csv(data).conversion
    assert (made.source_format, made.sniffed.header) == (format, ["n", "city"])


def test_what_is_said_of_a_packed_csv_holds(make_csv: Convert) -> None:
    made = make_csv(packed(CSV), delimiter=";", header=False)
    assert made.conversion.sniffed.header == ["c0", "c1"]


@pytest.mark.parametrize(
    ("data", "reason", "word"),
    [
        (zipped({"a.csv": CSV, "b.xlsx": b"x"}), "SEVERAL_TABLES", "'a.csv', 'b.xlsx'"),
        (zipped({"a.md": b"x", "b.md": b"x"}), "NO_TABLE", "'a.md', 'b.md'"),
        (zipped({"word/document.xml": b"x", "[Content_Types].xml": b"x"}), "NOT_A_CSV", "Office document"),
        (zipped({"a.zip": zipped({"a.csv": CSV})}), "ARCHIVE_IN_ARCHIVE", "another archive"),
        (packed(packed(CSV)), "ARCHIVE_IN_ARCHIVE", "another archive"),
        (packed(b"\x89PNG\r\n\x1a\n" + bytes(100)), "NOT_A_CSV", "PNG"),
        (packed(CSV)[:-6], "FILE_UNREADABLE", ""),
        (packed(CSV)[:-8] + bytes(8), "FILE_UNREADABLE", ""),
        (zipped({"data.csv": CSV})[:-30], "FILE_UNREADABLE", "damaged"),
    ],
)
def test_what_is_no_archive_of_one_table_is_refused(make_csv: Convert, data: bytes, reason: str, word: str) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(data)
    assert raised.value.reason == reason
    assert word in raised.value.detail


@pytest.mark.parametrize("pack", [packed, lambda data: zipped({"data.csv": data})])
def test_a_bomb_is_refused_by_what_comes_out_of_it(make_csv: Convert, pack: object) -> None:
    bomb = pack(b"a,b\n" + b"1,2\n" * 10_000_000)  # type: ignore[operator]
    assert len(bomb) < 200_000
    with pytest.raises(DataError) as raised:
        make_csv(bomb, limits=Limits(max_bytes=5_000_000))
    assert raised.value.reason == "FILE_TOO_LARGE"


def test_a_member_that_lies_about_its_size_is_refused(make_csv: Convert) -> None:
    data = bytearray(zipped({"data.csv": b"a,b\n" + b"1,2\n" * 1000}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (8).to_bytes(4, "little")
    with pytest.raises(DataError) as raised:
        make_csv(bytes(data))
    assert raised.value.reason == "FILE_UNREADABLE"


def test_an_encrypted_member_says_that_it_is(make_csv: Convert) -> None:
    data = bytearray(zipped({"data.csv": CSV}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1

    with pytest.raises(DataError) as raised:
        make_csv(bytes(data))
    assert raised.value.reason == "FILE_ENCRYPTED"
