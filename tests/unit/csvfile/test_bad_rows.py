"""Rows that cannot be read: refused, or left out, counted and listed; those around them are kept."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError
from automl.io.csv_reader import read_csv
from csvfile import bad_rows as module
from csvfile import rows as rows_module
from csvfile.bad_rows import BadRows
from csvfile.dialect import BAD_ROWS, REPORT, SKIP, Dialect
from csvfile.errors import CsvError
from csvfile.sniffer import preview, sniff

BAD = ("9,9,9", '9,"x', '9,"x"y', '"9"9,1', 'a,b,"c,d')


def cells(data: bytes, dialect: Dialect, bad_rows: BadRows | None = None) -> list[list[str]]:
    frame = read_csv(io.BytesIO(data), dialect, bad_rows=bad_rows)
    return [list(row) for row in frame.fillna("").to_numpy().tolist()]


@given(st.lists(st.sampled_from(["1,2", '"3","4, 5"', "6,", *BAD]), min_size=1, max_size=12))
def test_the_rows_around_a_bad_one_are_kept(lines: list[str]) -> None:
    sound = {"1,2": ["1", "2"], '"3","4, 5"': ["3", "4, 5"], "6,": ["6", ""]}
    data = "".join(f"{line}\n" for line in ["a,b", *lines, "7,8"]).encode()
    bad_rows = BadRows(REPORT)
    found = cells(data, Dialect(bad_rows=REPORT), bad_rows)
    assert found == [*(sound[line] for line in lines if line in sound), ["7", "8"]]
    at = [number for number, line in enumerate(lines, 2) if line in BAD]
    assert [row.line for row in bad_rows.listed] == at
    assert bad_rows.count == len(at)
    assert {row.reason for row in bad_rows.listed} <= {"ROW_TOO_LONG", "UNCLOSED_QUOTE", "BAD_QUOTE"}
    shown = preview(data, Dialect(bad_rows=SKIP), 100, complete=True)["rows"]
    assert [[cell or "" for cell in row] for row in shown] == found


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("policy", BAD_ROWS)
def test_the_policy_decides(bad: str, policy: str) -> None:
    data = f"a,b\n1,2\n{bad}\n3,4\n".encode()
    bad_rows = BadRows(policy)
    if policy == "refuse":
        with pytest.raises(DataError) as caught:
            cells(data, Dialect(), bad_rows)
        assert "bad_rows=skip" in caught.value.hint
        return
    assert cells(data, Dialect(bad_rows=policy), bad_rows) == [["1", "2"], ["3", "4"]]
    assert sniff(data, complete=True, max_columns=5, given={"bad_rows": policy}).header == ["a", "b"]
    assert len(bad_rows.listed) == (policy == REPORT)
    frame = read_csv(io.BytesIO(data), Dialect(bad_rows=policy))
    assert frame.attrs["warnings"][0].startswith("1 row that cannot be read was left out. The first: ")


def test_the_count_is_exact_where_the_list_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LISTED", 5)
    bad_rows = BadRows(REPORT)
    cells(b"a,b\n1,2\n" + b"1,2,3\n" * 20, Dialect(bad_rows=REPORT), bad_rows)
    assert (bad_rows.count, len(bad_rows.listed)) == (20, 5)


def test_a_table_of_bad_rows_alone_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        cells(b"a,b\n1,2,3\n4,5,6\n", Dialect(bad_rows=SKIP))
    assert caught.value.reason == "NO_ROWS"
    assert "2 rows that cannot be read were left out" in caught.value.detail


def test_a_note_below_the_table_is_no_bad_row() -> None:
    bad_rows = BadRows(REPORT)
    data = b"a,b\n1,2\n3,4\nSource: us, them, all\n"
    assert cells(data, Dialect(bad_rows=REPORT, skip_footer=1), bad_rows) == [["1", "2"], ["3", "4"]]
    assert bad_rows.count == 0


def test_open_quotes_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MAX_REPLAYED_CHARACTERS", 10_000)
    lines = ['1,"x\n'] + ["1,2\n"] * 100
    with pytest.raises(CsvError) as caught:
        list(rows_module.iterate_rows(iter(["a,b\n", *lines * 100]), Dialect(bad_rows=SKIP)))
    assert caught.value.reason in ("UNCLOSED_QUOTE", "BAD_QUOTE")
