"""Files to be predicted: read as the training file was, unless they show to be written otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csvfile.dialect import Dialect
from csvfile.errors import CsvError
from csvfile.known_table import KnownTable, describe_csv, sniff_known
from csvfile.sniffer import SniffResult


def known(*columns: str, target: str = "y", width: int = 0, **dialect: Any) -> KnownTable:
    return KnownTable(columns, columns, target, Dialect(**dialect), width or len(columns) + 1)


def look(data: str | bytes, like: KnownTable, **given: Any) -> SniffResult:
    data = data if isinstance(data, bytes) else data.encode()
    return sniff_known(data, like, complete=True, max_columns=100, given=given)


def test_a_header_of_numbers_is_recognized_by_its_names() -> None:
    like = known("400.5", "402.5", "404.5")
    for data in ("400.5,402.5,404.5\n0.1,0.2,0.3\n", "404.5;402.5;400.5\n0,1;0,2;0,3\n", "400.5\t402.5\n0.1\t0.2\n"):
        sniffed = look(data, like)
        assert sniffed.dialect.header
        assert sniffed.header[0] in ("400.5", "404.5")


@pytest.mark.parametrize("first", ["7,3", "a,b", "4.65,2", "x,7", "-1,", "'7',3"])
@pytest.mark.parametrize("more", ["", "2,1\n", "2,1\n4,5\n"])
def test_a_headerless_model_takes_any_first_row_for_a_row(first: str, more: str) -> None:
    sniffed = look(f"{first}\n{more}", known("c0", "c1", target="c2", header=False))
    assert (sniffed.header, sniffed.dialect.header) == (["c0", "c1"], False)


def test_a_headerless_model_recognizes_its_own_names() -> None:
    like = known("c0", "c1", target="c2", header=False)
    assert look("c1,c0\n7,3\n", like).dialect.header
    assert look("c1,c0\n7,3\n", like).header == ["c1", "c0"]


def test_the_column_that_a_headerless_file_lacks_is_the_target() -> None:
    like = known("c1", "c2", target="c0", width=3, header=False)
    assert look("7,3\n", like).header == ["c1", "c2"]
    assert look("no,7,3\n", like).header == ["c0", "c1", "c2"]
    assert look("7;3\n", like).header == ["c1", "c2"]
    assert look("7\n", like).header == ["c0"]


@pytest.mark.parametrize("delimiter", ["~", "^", " ", ":", ";", "\t"])
def test_the_models_own_delimiter_is_tried_first(delimiter: str) -> None:
    like = known("a", "b", delimiter=delimiter)
    assert look(f"a{delimiter}b\n1,5{delimiter}p\n", like).dialect.delimiter == delimiter
    assert look("a,b\n1,p\n", like).dialect.delimiter == ","
    assert look("b|a\np|1\n", like).dialect.delimiter == "|"
    assert look("sep=;\na;b\n1;p\n", like).dialect.delimiter == ";"
    assert look("7~8\n", known("c0", "c1", header=False, delimiter="~")).dialect.delimiter == "~"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "iso-8859-2", "shift_jis", "gb18030", "cp850"])
def test_the_models_own_encoding_is_tried_first(encoding: str) -> None:
    text = {"shift_jis": "東京", "gb18030": "北京", "iso-8859-2": "Łódź", "cp850": "Köln"}.get(encoding, "Тула")
    like = known("city", "n", encoding=encoding)
    assert look(f"city,n\n{text},1\n".encode(encoding), like).dialect.encoding == encoding
    assert look(f"city,n\n{text},1\n".encode(), like).dialect.encoding == "utf-8"
    assert look(f"city,n\n{text},1\n".encode("utf-8-sig"), like).dialect.encoding == "utf-8"
    assert look(f"city,n\n{text},1\n".encode("utf-16"), like).dialect.encoding == "utf-16"
    # What is not there yet may come further down.
    head = b"city,n\nTula,1\n"
    assert sniff_known(head, like, complete=False, max_columns=9).dialect.encoding == encoding


def test_lines_above_the_names_are_left_out() -> None:
    like = known("a", "b")
    sniffed = look("Export of 2024\n\na,b,c\n1,2,3\n", like)
    assert (sniffed.header, sniffed.dialect.skip_rows) == (["a", "b", "c"], 2)
    assert look("a,x\na,b\n1,2\n", like).dialect.skip_rows == 1
    assert look("a,x\n1,2\n", like).dialect.skip_rows == 0


def test_blanks_are_left_out_as_in_the_training_file() -> None:
    assert look("a,b\n1,x\n", known("a", "b", skip_initial_space=True)).dialect.skip_initial_space
    assert look("a, b\n1, x\n", known("a", "b")).header == ["a", "b"]


def test_what_is_said_prevails() -> None:
    like = known("a", "b")
    assert look("a;b,x\n1;2,3\n", like, delimiter=";").header == ["a", "b,x"]
    assert look("a,b\n1,2\n", like, header=False).header == ["c0", "c1"]
    assert look("7,3\n1,2\n", known("c0", "c1", header=False), header=True).header == ["7", "3"]
    assert look(b"a,b\n\xe9,2\n", like, encoding="cp1251").dialect.encoding == "cp1251"
    with pytest.raises(CsvError):
        look("a,b\n1,2\n", like, encoding="klingon")


def test_a_single_column_is_not_cut_at_its_decimal_commas() -> None:
    assert look("x\n2,5\n3,5\n", known("x")).header == ["x"]
    assert look("x\n2,5\n3,5\n", known("x")).dialect.delimiter != ","
    assert look("note\nHello; world\n", known("note")).dialect.delimiter == ","


def test_a_model_of_before_knows_its_columns_at_least() -> None:
    features = [{"name": "400.5", "required": True}, {"name": "b", "required": False}]
    like = KnownTable.from_summary({"features": features, "target": "y"})
    assert like == KnownTable(("400.5", "b"), ("400.5",), "y")
    assert look("400.5\n0.1\n", like).header == ["400.5"]
    assert look("1,2\n3,4\n", like).header == ["1", "2"]
    csv = describe_csv({"delimiter": "~", "header": False, "unknown": 1}, 3)
    again = KnownTable.from_summary({"features": features, "target": "y", "csv": csv})
    assert (again.dialect, again.width) == (Dialect("~", header=False), 3)


@given(
    st.lists(st.text(st.sampled_from("ab1.5 -é"), min_size=1, max_size=5), min_size=2, max_size=4, unique=True),
    st.sampled_from([",", ";", "\t", "|", "~"]),
    st.sampled_from([",", ";", "~"]),
    st.lists(st.integers(-9, 9), min_size=4, max_size=4),
)
def test_a_line_of_all_names_is_the_header_whatever_it_looks_like(
    names: list[str], delimiter: str, own: str, cells: list[int]
) -> None:
    names = [name for name in names if name.strip() == name]
    if len(names) < 2:
        return
    written = own if delimiter == "~" else delimiter  # one of those that are tried
    lines = [written.join(names), written.join(map(str, cells[: len(names)]))]
    sniffed = look("\n".join(lines), known(*names, delimiter=own))
    assert (sniffed.header, sniffed.dialect.header) == (names, True)
