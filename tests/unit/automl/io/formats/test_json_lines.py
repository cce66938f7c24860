"""JSON lines as rows of text."""

from __future__ import annotations

import json

import pytest

from automl.errors import DataError
from automl.io.formats.table_writer import Limits
from tests.unit.automl.io.formats.conftest import Convert


def test_members_are_columns_and_what_a_line_lacks_is_missing(make_csv: Convert) -> None:
    data = b'{"a": 1, "b": true}\r\n\r\n{"c": "x", "a": null}\n{"b": false}'
    assert make_csv(data).rows == [["a", "b", "c"], ["1", "true", ""], ["", "", "x"], ["", "false", ""]]


def test_numbers_keep_every_digit(make_csv: Convert) -> None:
    data = b'{"a": 12345678901234567890123}\n{"a": 1.10}\n{"a": -0.0}\n{"a": NaN}\n{"a": -Infinity}\n'
    assert [row[0] for row in make_csv(data).rows[1:]] == ["12345678901234567890123", "1.10", "-0.0", "", "-inf"]


def test_objects_inside_become_columns_with_dotted_names(make_csv: Convert) -> None:
    data = b'{"who": {"name": "Ada", "born": 1815}, "n": 1}\n{"who": null, "n": 2}\n{"who": {}, "n": 3}\n'
    assert make_csv(data).rows == [["who.name", "who.born", "n", "who"], ["Ada", "1815", "1", ""], ["", "", "2", ""],
                                   ["", "", "3", ""]]  # fmt: skip


def test_members_of_late_lines_are_columns_too(make_csv: Convert) -> None:
    wide = json.dumps({f"c{number}": number for number in range(1000)}).encode()
    made = make_csv(b"{}\n" + (wide + b"\n") * 450 + b'{"new": {"er": "7"}, "c0": true}\n{"newest": 2}\n')
    assert made.rows[0] == [*(f"c{number}" for number in range(1000)), "new.er", "newest"]
    assert made.rows[2] == [*map(str, range(1000)), "", ""]
    assert made.rows[-2:] == [["true", *[""] * 999, "7", ""], [*[""] * 1001, "2"]]
    assert (len(made.rows), made.conversion.digit_text) == (454, [1000])


def test_the_first_values_may_come_late(make_csv: Convert) -> None:
    made = make_csv(b"{}\n" * 200_001 + b'{"a": 1, "b": 2}\n')
    assert (made.rows[:2], made.rows[-1], len(made.rows)) == ([["a", "b"], ["", ""]], ["1", "2"], 200_003)


def test_digits_that_are_text_are_told_from_numbers(make_csv: Convert) -> None:
    made = make_csv(b'{"zip": "00501", "n": 501}\n{"zip": "10115", "n": "7"}\n')
    assert made.conversion.digit_text == [0]


def test_a_byte_order_mark_is_no_part_of_the_first_line(make_csv: Convert) -> None:
    assert make_csv(b'\xef\xbb\xbf{"a": 1}\n').rows == [["a"], ["1"]]


@pytest.mark.parametrize(
    ("data", "reason", "word"),
    [
        (b'{"a": 1}\n{"a": [1]}\n', "NESTED_VALUE", "'a' holds lists (line 2)"),
        (b'{"a": {"b": {"c": 1}}}\n', "NESTED_VALUE", "'a.b' holds objects in objects (line 1)"),
        (b'{"a": {"b": [1]}}\n', "NESTED_VALUE", "'a.b' holds lists"),
        (b'{"a": 1}\n{"a": 1\n', "BAD_JSON_LINE", "Line 2 is no JSON"),
        (b'{"a": 1}\n{"a": 1, "a": 2}\n', "BAD_JSON_LINE", "Line 2 has 'a' twice"),
        (b'{"a.b": 1, "a": {"b": 2}}\n', "BAD_JSON_LINE", "Line 1 has 'a.b' twice"),
        (b'{"a": 1}\n{"a": 01}\n', "BAD_JSON_LINE", "Line 2 is no JSON"),
        (b'{"a": 1}\n{"a": 1}\n[1]\n', "BAD_JSON_LINE", "Line 3 holds no object"),
        (b'{"a": 1}\n{"a": ' + b"[" * 100_000 + b"}\n", "BAD_JSON_LINE", "Line 2"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "BAD_ENCODING", "Line 2"),
        (b'{"a": "\\ud800"}\n', "BAD_ENCODING", "Row 1, column 1"),
        (b'{"a": 1}\n{"a": "\\u0000"}\n', "NUL_BYTE", "Row 2, column 1"),
        (b"{}\n{}\n", "EMPTY_FILE", ""),
    ],
)
def test_what_no_table_can_hold_is_refused_with_its_place(
    make_csv: Convert, data: bytes, reason: str, word: str
) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(data)
    assert raised.value.reason == reason
    assert word in raised.value.detail


def test_names_that_are_all_different_stop_at_the_limit(make_csv: Convert) -> None:
    data = b"".join(b'{"c%d": 1}\n' % number for number in range(1000))
    with pytest.raises(DataError) as raised:
        make_csv(data, limits=Limits(max_columns=500))
    assert raised.value.reason == "TOO_MANY_COLUMNS"
