"""Sheets of workbooks as rows of text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from automl.errors import DataError
from automl.io.formats.table_writer import Limits
from tests.unit.automl.io.formats.binary_workbook import xlsb
from tests.unit.automl.io.formats.conftest import Convert
from tests.unit.automl.io.formats.workbooks import ods, xlsx, zipped

GOOD = [["n", "city"], [1, "Rome"], [2, "Oslo"]]
OLD = Path(__file__).parent / "old.xls"


def test_cells_are_written_as_they_are_read_back(make_csv: Convert) -> None:
    rows = [
        ["whole", "fraction", "truth", "day", "moment", "time", "duration", "text"],
        [
            3,
            0.1,
            True,
            dt.date(2024, 2, 29),
            dt.datetime(2024, 2, 29, 10, 30, 15),
            dt.time(7, 5),
            dt.timedelta(hours=26),
            "007",
        ],
        [
            -1.0,
            1e-7,
            False,
            dt.datetime(1999, 12, 31),
            dt.datetime(2024, 1, 1, 0, 0, 1),
            dt.time(23),
            dt.timedelta(seconds=1),
            'a,"b"\nc',
        ],
    ]
    assert make_csv(xlsx({"A": rows})).rows[1:] == [
        ["3", "0.1", "true", "2024-02-29", "2024-02-29T10:30:15", "07:05:00", "93600", "007"],
        ["-1", "1e-07", "false", "1999-12-31", "2024-01-01T00:00:01", "23:00:00", "1", 'a,"b"\nc'],
    ]


def test_a_binary_workbook_is_read_as_any_other(make_csv: Convert) -> None:
    made = make_csv(
        xlsb([["size", "größe", "sold"], [1.5, "007", True], [2, 'a,"b"', False], [None, "x", None]], "One")
    )
    assert made.rows == [["size", "größe", "sold"], ["1.5", "007", "true"], ["2", 'a,"b"', "false"], ["", "x", ""]]
    assert (made.conversion.source_format, made.conversion.sheets) == ("xlsb", ["One"])


def test_errors_and_empty_cells_are_missing_and_empty_rows_are_left_out(make_csv: Convert) -> None:
    rows = [["a", "b"], [1, "#N/A"], [None, None], ["#DIV/0!", "x"], [None, "y"]]
    assert make_csv(xlsx({"A": rows})).rows[1:] == [["1", ""], ["", "x"], ["", "y"]]


def test_a_formula_counts_with_the_value_it_had(make_csv: Convert) -> None:
    cells = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row><row r="3"><c r="A3"><f>1/0</f></c></row>'
        b'<row r="4"><c r="A4"><v>5</v></c></row>'
    )
    assert make_csv(_by_hand(cells)).rows == [["a"], ["2"], ["5"]]


def test_a_table_that_begins_elsewhere_in_its_sheet_is_found(make_csv: Convert) -> None:
    rows = [[], [], [None, None, "a", "b"], [None, None, 1, "x"], [None, None, 2, "y"]]
    made = make_csv(xlsx({"A": rows}))
    assert made.rows == [["a", "b"], ["1", "x"], ["2", "y"]]
    assert made.conversion.sniffed.header == ["a", "b"]


def test_a_title_above_the_table_is_no_part_of_it(make_csv: Convert) -> None:
    rows = [["Sales of the year", None, None], ["n", "city", "sum"], *[[i, "Rome", i / 2] for i in range(20)]]
    sniffed = make_csv(xlsx({"A": rows})).conversion.sniffed
    assert (sniffed.header, sniffed.dialect.skip_rows) == (["n", "city", "sum"], 1)


def test_the_first_visible_sheet_that_holds_something_is_taken(make_csv: Convert) -> None:
    made = make_csv(xlsx({"Secret": [["s"], [1]], "Empty": [], "Data": GOOD}, hidden=["Secret"])).conversion
    assert (made.sheet, made.sheets, made.source_format) == ("Data", ["Secret", "Empty", "Data"], "xlsx")


def test_another_sheet_is_taken_if_it_is_wanted_also_a_hidden_one(make_csv: Convert) -> None:
    data = xlsx({"Data": GOOD, "Secret": [["s"], [1], [2]]}, hidden=["Secret"])
    assert make_csv(data, sheet="Secret").rows == [["s"], ["1"], ["2"]]


@pytest.mark.parametrize(
    ("sheet", "reason"), [("Missing", "SHEET_NOT_FOUND"), ("Empty", "EMPTY_FILE"), ("data", "SHEET_NOT_FOUND")]
)
def test_a_sheet_that_cannot_be_had_is_refused_and_those_that_are_there_are_named(
    make_csv: Convert, sheet: str, reason: str
) -> None:
    with pytest.raises(DataError, match="'Data', 'Empty'") as raised:
        make_csv(xlsx({"Data": GOOD, "Empty": []}), sheet=sheet)
    assert raised.value.reason == reason


def test_a_workbook_without_any_cell_is_refused(make_csv: Convert) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(xlsx({"A": [], "B": []}))
    assert raised.value.reason == "EMPTY_FILE"


def test_digits_that_are_text_are_told_from_numbers(make_csv: Convert) -> None:
    rows = [["zip", "number", "word", "mixed"], ["00501", 501, "a", "1"], ["10115", 10115, "b", 2]]
    assert make_csv(xlsx({"A": rows})).conversion.digit_text == [0]


def test_an_open_document_is_read(make_csv: Convert) -> None:
    made = make_csv(ods(GOOD))
    assert made.rows == [["n", "city"], ["1", "Rome"], ["2", "Oslo"]]
    assert (made.conversion.source_format, made.conversion.sheet) == ("ods", "One")


def test_an_old_workbook_is_read(make_csv: Convert) -> None:
    made = make_csv(OLD.read_bytes())
    assert made.rows == [["n", "city", "day"], ["1", "Rome", "2024-02-29"], ["2.5", "Oslo", "1999-12-31"]]
    assert made.conversion.source_format == "xls"


def test_a_table_wider_than_the_limit_is_refused_before_it_is_written(make_csv: Convert) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(ods([["a"], [1]], repeated=500), limits=Limits(max_columns=400))
    assert raised.value.reason == "TOO_MANY_COLUMNS"


def test_a_bomb_is_refused_by_what_comes_out_of_it(make_csv: Convert) -> None:
    bomb = _by_hand(b"<row r='1'><c r='A1'><v>1</v></c></row>" + b" " * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(DataError) as raised:
        make_csv(bomb, limits=Limits(max_bytes=10_000_000))
    assert raised.value.reason == "FILE_TOO_LARGE"


@pytest.mark.parametrize("cut", [30, 500, 2000, -1])
def test_a_damaged_workbook_is_refused(make_csv: Convert, cut: int) -> None:
    data = xlsx({"A": GOOD})
    with pytest.raises(DataError) as raised:
        make_csv(data[:cut])
    assert raised.value.reason == "FILE_UNREADABLE"


def test_a_protected_workbook_says_that_it_is(make_csv: Convert) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(100)
    with pytest.raises(DataError) as raised:
        make_csv(container)
    assert raised.value.reason == "FILE_ENCRYPTED"


def test_options_of_text_files_are_refused(make_csv: Convert) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(xlsx({"A": GOOD}), delimiter=";")
    assert raised.value.reason == "NOT_A_TEXT_FILE"


def test_a_sheet_without_a_header_is_read_so_if_that_is_wanted(make_csv: Convert) -> None:
    sniffed = make_csv(xlsx({"A": GOOD}), header=False).conversion.sniffed
    assert sniffed.header == ["c0", "c1"]


def _by_hand(cells: bytes) -> bytes:
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = b"http://schemas.openxmlformats.org/package/2006/"

    def relation(kind: bytes, target: bytes) -> bytes:
        one = b'<Relationship Id="rId1" Type="' + office + b"/" + kind + b'" Target="' + target + b'"/>'
        return b'<Relationships xmlns="' + package + b'relationships">' + one + b"</Relationships>"

    return zipped({
        "[Content_Types].xml": b'<Types xmlns="' + package + b'content-types"/>',
        "_rels/.rels": relation(b"officeDocument", b"xl/workbook.xml"),
        "xl/workbook.xml": b"<workbook " + main + b' xmlns:r="' + office
        + b'"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relation(b"worksheet", b"worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": b"<worksheet " + main + b"><sheetData>" + cells + b"</sheetData></worksheet>",
    })  # fmt: skip
