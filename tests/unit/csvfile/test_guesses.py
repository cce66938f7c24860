"""What is guessed about files as programs and people write them, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from csvfile.dialect import Dialect
from csvfile.errors import CsvError
from csvfile.sniffer import SniffResult, sniff, sniff_footer


def look(text: str, encoding: str = "utf-8", **given: Any) -> SniffResult:
    return sniff(text.encode(encoding), complete=True, max_columns=100, given=given)


def rows(template: str, count: int = 30) -> str:
    """So many lines, numbered where the template says {i}."""
    return "".join(template.format(i=i, day=i % 28 + 1, half=i / 2) + "\n" for i in range(count))


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        # A comma in each date, and the delimiter left out at the end of some rows.
        ("Date;Order;Net;State;\n" + rows("April {day}, 2023;{i};4.00;open;") + "May 1, 2023;9;1.00;open\n", ";", 5),
        (rows("April {day}, 2023;{i};4.00;open;") + "May 1, 2023;9;1.00;open\n", ";", 5),
        ("a;b;c\n" + rows("{i},5;{i},25;x"), ";", 3),
        (rows("{i},5;{i},25"), ";", 2),
        ("id,tags\n" + rows('{i},"x;y;z"'), ",", 2),
        ("id|text\n" + rows("{i}|Well, yes; no, perhaps, yes"), "|", 2),
        ("name\tprice\n" + rows("Smith, John {i}\t1,234.50"), "\t", 2),
        ("when;amount\n" + rows("{day}.5.2024 10:30;1.234,5{i}"), ";", 2),
        ('"a, b";"c"\n' + rows('"x, y";"{i}"'), ";", 2),
        ("city;note\n" + rows("Ulm;see a,b,c") + "Bonn;none\n", ";", 2),
        ("price\n" + rows("2{i},5"), ";", 1),
        ("day\n" + rows("April {day}, 2023"), ";", 1),
        ("x\n" + rows("{i}"), ",", 1),
    ],
)
def test_the_delimiter_cuts_all_rows_alike_into_whole_cells(text: str, delimiter: str, width: int) -> None:
    sniffed = look(text)
    assert (sniffed.dialect.delimiter, len(sniffed.header)) == (delimiter, width)


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_declares_the_delimiter_is_believed_and_left_out(line: str, encoding: str, end: str) -> None:
    sniffed = look(end.join([line, "One;Two, three", "1;2,5", "2;3,5"]), encoding)
    assert sniffed.header == ["One", "Two, three"]
    assert (sniffed.dialect.delimiter, sniffed.dialect.skip_rows) == (";", 1)


def test_a_declared_delimiter_may_be_any_and_the_users_word_prevails() -> None:
    assert look("sep=~\na~b\n1~2\n").header == ["a", "b"]
    assert look("sep=\t\na\tb\n1\t2\n").header == ["a", "b"]
    assert look("sep=,\na;b\n1;2\n", delimiter=";").header == ["a", "b"]
    assert look("sep=;\n1;2\n3;4\n", header=False).dialect == Dialect(";", header=False, skip_rows=1)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('"Index", "Item", "Cost"\n1, "Thing 1", 1.5\n2, "Thing, or 2", 3\n', ["Index", "Item", "Cost"]),
        ("age, work, hours\n39, State-gov, 40\n50, Private, 13\n", ["age", "work", "hours"]),
        ("age,work,hours\n39, State-gov, 40\n50, Private, 13\n", ["age", "work", "hours"]),
        ("a, b\n1,2\n3,4\n", ["a", "b"]),
        ("a;  b\n1;  x\n2;  y\n", ["a", "b"]),
        ("39, Private, 40\n50, State-gov, 13\n38, Private, 40\n", ["c0", "c1", "c2"]),
        ('name, note\nx, "a, b"\ny,plain\nz, "c, d"\n', ["name", "note"]),
    ],
)
def test_blanks_after_every_delimiter_are_no_part_of_cells(text: str, header: list[str]) -> None:
    sniffed = look(text)
    assert sniffed.dialect.skip_initial_space
    assert sniffed.header == header


@pytest.mark.parametrize("text", ["a,b\n1, x\n2,y\n3,z\n4,u\n", "a,b\nx,y\nz,w\n", "a\n x\n y\n"])
def test_blanks_that_are_no_habit_stay(text: str) -> None:
    assert not look(text).dialect.skip_initial_space


@pytest.mark.parametrize(
    ("above", "skipped"),
    [
        ("Sales report\n", 1),
        ("Sales report\nof 2024\n\n", 3),
        ("Sales report;;\n;;\n", 2),
        ("Sales report\nRegion: north\n", 2),
        ("\n\nSales report\n", 3),
        ("Report\n\n", 2),
        ("# made by a program\n", 1),
        ('"Sales report; by shop"\n', 1),
    ],
)
def test_titles_above_the_header_are_told_and_left_out(above: str, skipped: int) -> None:
    sniffed = look(above + "name;amount;city\n" + rows("x{i};{i};Ulm", 9))
    assert sniffed.header == ["name", "amount", "city"]
    assert sniffed.dialect.skip_rows == skipped
    assert "skip_rows=0" in sniffed.warnings[0]


def test_a_title_that_is_none_can_be_had_back() -> None:
    text = "only\n\nname;n;city\n" + rows("x{i};{i};Ulm", 9)
    assert look(text).dialect.skip_rows == 2
    with pytest.raises(CsvError) as caught:
        look(text, skip_rows=0)
    assert caught.value.reason == "RAGGED_ROWS"
    assert look(text, skip_rows=0, bad_rows="refuse", delimiter="~").header == ["only"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3,4,5,6\n1,2,3,4,5,6\n",  # names for half of the columns
        "x\n1,0.5\n2,0.7\n",  # row numbers without a name
        "text\nGood, very, nice\nBad, very, ugly\n",  # commas in prose
    ],
)
def test_what_may_be_a_header_is_not_taken_for_a_title(text: str) -> None:
    with pytest.raises(CsvError) as caught:
        look(text)
    assert caught.value.reason == "RAGGED_ROWS"
    assert "skip_rows" in caught.value.hint
    assert "delimiter" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["name,,\na,1,2\nb,3,4\n", ",x,y\n0,1,2\n1,3,4\n", "a,b,c\n1,,\n2,,\n3,4,5\n", "a,b,c\nx,,\ny,1,2\nz,3,4\n"],
)
def test_rows_with_empty_cells_are_no_titles_and_no_notes(text: str) -> None:
    dialect = look(text).dialect
    assert (dialect.skip_rows, dialect.skip_footer) == (0, 0)


@pytest.mark.parametrize(
    ("below", "skipped"),
    [
        ("Total;45;\n", 1),
        (";Total:;45\n", 1),
        ("Grand total;45;\n", 1),
        ("Summe;45;\n\nSource: the shops\n", 2),
        ("\nSource: the shops; without Ulm; and Bonn; and Kiel\n", 1),
        ("\nSource: the shops; as told\n", 1),
        ("New York; 12\n", 0),
        ("Source: the shops\nAll figures are preliminary\n", 2),
        ("\nend\n", 1),
        ("", 0),
        ("Total Ltd;45;Ulm\n", 0),
        ("y;;\n", 0),
        ("y\n", 0),
    ],
)
def test_notes_and_totals_below_the_table_are_told_and_left_out(below: str, skipped: int) -> None:
    sniffed = look("name;amount;city\n" + rows("x{i};{i};Ulm", 10) + below)
    assert sniffed.dialect.skip_footer == skipped
    assert bool(skipped) is any("skip_footer=0" in warning for warning in sniffed.warnings)


def test_totals_of_every_group_are_rows() -> None:
    groups = "".join(rows("x{i};{i};Ulm", 5) + "Total;10;\n" for _ in range(3))
    assert look("name;amount;city\n" + groups).dialect.skip_footer == 0


def test_the_end_of_a_large_file_is_looked_at_wherever_it_is_cut() -> None:
    tail = ("ut off;1;Ulm\n" + rows("x{i};{i};Ulm") + "Total;435;\n").encode()
    count, warnings = sniff_footer(tail, Dialect(";"), 3)
    assert count == 1
    assert "Total 435" in warnings[0]
    assert sniff_footer(tail, Dialect(";", "utf-16"), 3) == (0, [])


def test_a_second_row_of_names_or_units_is_told() -> None:
    text = "size,weight,name\ncm,kg,-\n" + rows("{i},{half},x")
    [warning] = look(text).warnings
    assert "The row below the names holds text" in warning
    assert look(text.replace("cm,kg,-\n", "")).warnings == []


def test_an_option_that_is_given_is_not_guessed() -> None:
    text = "Sales report\nname;amount;city\n" + rows("x{i};{i};Ulm", 10) + "Total;45;\n"
    sniffed = look(text, skip_rows=1, skip_footer=0, header=True, skip_initial_space=True, bad_rows="skip")
    assert sniffed.dialect == Dialect(";", skip_rows=1, skip_initial_space=True, bad_rows="skip")
    assert sniffed.warnings == []
    with pytest.raises(CsvError) as caught:
        look(text, skip_rows=100)
    assert caught.value.places == [{"field": "skip_rows", "detail": "too many"}]


@pytest.mark.parametrize(
    ("data", "option"),
    [
        (b"a,b\n1,2\n3,4,5\n", "bad_rows"),
        (b"a,b\n1,2,3\n4,5,6\n", "skip_rows"),
        (b'a,b\n1,"2"3\n', "bad_rows"),
        (b'a,b\n1,"2\n3,4\n', "bad_rows"),
        (b"7,3\n", "header"),
        (b"a\xff\xc3\xa9\xc3\xa9,b\n1,2\n", "encoding"),
        (b"1" + b",1" * 200 + b"\n2\n", "delimiter"),
    ],
)
def test_a_refusal_names_the_option_that_helps(data: bytes, option: str) -> None:
    with pytest.raises(CsvError) as caught:
        sniff(data, complete=True, max_columns=100)
    assert f"`{option}" in caught.value.hint
