"""Several files as one: equal headers once, rows in order, nothing lost between them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.fetch.joined_objects import join
from core.errors import FetchFailed


def joined(*files: bytes, step: int = 7) -> bytes:
    def chunks(data: bytes) -> Iterator[bytes]:
        return (data[at : at + step] for at in range(0, len(data), step))

    return b"".join(join((f"{number}.csv", chunks(data)) for number, data in enumerate(files)))


def test_a_header_comes_once_and_lines_end() -> None:
    assert joined(b"a,b\n1,2", b"a,b\r\n3,4\r\n", b"\xef\xbb\xbfa,b\n5,6") == b"a,b\n1,2\n3,4\r\n5,6\n"


def test_packed_files_and_empty_ones_are_joined_too() -> None:
    assert joined(b"", gzip.compress(b"a\n1\n"), b"\n", b"a\n2\n", b"a") == b"a\n1\n2\n"


def test_json_lines_have_no_header() -> None:
    assert joined(b'{"a": 1}', b'{"a": 2}\n{"b": 3}\n') == b'{"a": 1}\n{"a": 2}\n{"b": 3}\n'


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ((b"a,b\n1,2\n", b"b,a\n1,2\n"), "HEADERS_DIFFER"),
        ((b"a,b\n1,2\n", b"a,b,c\n1,2,3\n"), "HEADERS_DIFFER"),
        ((b"a,b\n1,2\n", b'{"a": 1}\n'), "HEADERS_DIFFER"),
        ((b"a\n1\n", b"PAR1" + b"\0" * 20), "SEVERAL_FILES"),
        ((b"PK\x03\x04" + b"\0" * 20, b"a\n1\n"), "SEVERAL_FILES"),
        (("a\n1\n".encode("utf-16"), b"a\n1\n"), "SEVERAL_FILES"),
        ((b"a\n1\n", gzip.compress(b"a\n2\n")[:-4]), "TRUNCATED_BODY"),
    ],
)
def test_what_makes_no_one_table_is_refused_by_name(files: Sequence[bytes], reason: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        joined(*files)
    assert caught.value.reason == reason


CELLS = st.text(st.sampled_from('ab,"\n é'), max_size=5)


@given(st.integers(1, 3).flatmap(lambda width: st.tuples(
    st.lists(CELLS, min_size=width, max_size=width),
    st.lists(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=4), min_size=1, max_size=4),
)), st.integers(1, 50))  # fmt: skip
def test_rows_are_those_of_the_files_one_after_another(
    found: tuple[list[str], list[list[list[str]]]], step: int
) -> None:
    header, tables = ["h" + cell for cell in found[0]], found[1]
    files = [table_bytes([header, *rows]) for rows in tables]
    whole = list(csv.reader(io.StringIO(joined(*files, step=step).decode(), newline="")))
    assert whole == [header, *(row for rows in tables for row in rows)]


def table_bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
