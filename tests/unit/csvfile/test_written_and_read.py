"""A table that somebody writes in any of the usual ways is read back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from automl.io.csv_reader import read_csv
from csvfile.dialect import Dialect
from csvfile.encoding import HEAD_BYTES
from csvfile.sniffer import preview, sniff

TITLES = ((), ("Sales of 2024, all shops",), ("Quarterly report", "Written on 3 May"), ("Quarterly report", ""))
FOOTERS = ((), ("", "Source: the shops, as told"), ("Note: figures are preliminary",))
NAMES = ["day", "shop", "Größe", "amount", "remark"]
WORDS = st.sampled_from(["Hamburg", "Köln", "New York", "Ulm", "São Paulo"])
DAYS = st.sampled_from(["April 3, 2023", "May 14, 2023", "June 1, 2024"])
REMARKS = st.sampled_from(["fine", "late, but fine", "a; b; c", "left|right", 'said "no"', "two\nlines", "", "ok"])


@dataclass(frozen=True)
class Way:
    """A way to write a table."""

    delimiter: str
    encoding: str
    quoting: int
    blanks: bool
    line_end: str
    title: Sequence[str]
    footer: Sequence[str]
    decimal: str

    def write(self, rows: Sequence[Sequence[str]]) -> bytes:
        text = io.StringIO(newline="")
        text.write("".join(f"{line}{self.line_end}" for line in self.title))
        table = io.StringIO(newline="")
        csv.writer(table, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.line_end).writerows(rows)
        written = table.getvalue()
        if self.blanks:  # As programs do that write each cell with json.dumps or %r, and join by ", ".
            blank = io.StringIO(newline="")
            for row in rows:
                cells = [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row]
                blank.write(f"{self.delimiter} ".join(cells) + self.line_end)
            written = blank.getvalue()
        text.write(written)
        text.write("".join(f"{line}{self.line_end}" for line in self.footer))
        return text.getvalue().encode(self.encoding)


@st.composite
def ways(draw: st.DrawFn) -> Way:
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    return Way(
        delimiter,
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])),
        quoting,
        draw(st.booleans()),
        draw(st.sampled_from(["\n", "\r\n"])),
        draw(st.sampled_from(TITLES)),
        draw(st.sampled_from(FOOTERS)),
        draw(st.sampled_from([".", ","])),
    )


@example(
    Way(",", "utf-8", csv.QUOTE_MINIMAL, False, "\n", (), ("", "Source: the shops, as told"), "."),
    [("April 3, 2023", "Hamburg", 1, 0, "fine")] * 8,
)
@given(
    ways(), st.lists(st.tuples(DAYS, WORDS, st.integers(1, 99), st.integers(0, 9999), REMARKS), min_size=8, max_size=20)
)
def test_what_is_sniffed_reads_the_table_back(way: Way, cells: list[tuple[str, str, int, int, str]]) -> None:
    rows = [
        [day, shop, str(size), f"{amount // 100}{way.decimal}{amount % 100:02}", remark]
        for day, shop, size, amount, remark in cells
    ]
    data = way.write([NAMES, *rows])
    sniffed = sniff(data, complete=True, max_columns=10)
    assert sniffed.header == NAMES
    assert sniffed.dialect.delimiter == way.delimiter
    frame = read_csv(io.BytesIO(data), sniffed.dialect)
    assert frame.astype(object).where(frame.notna(), "").to_numpy().tolist() == rows
    assert bool(way.title) is any("above the table" in warning for warning in sniffed.warnings)
    assert bool(way.footer) is any("skip_footer" in warning for warning in sniffed.warnings)


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=6)
LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=6),
    st.sampled_from([",", ";", "~", "^", " ", ":"]),
    st.lists(LINE, max_size=3),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_what_is_said_is_what_is_read(
    rows: list[list[str]], delimiter: str, title: list[str], below: int, header: bool, encoding: str
) -> None:
    text = io.StringIO(newline="")
    text.write("".join(f"{line}\n" for line in title))
    names = [["a", "b", "c"]] if header else []
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([*names, *rows, *[["left", "out", "below"]] * below])
    dialect = Dialect(delimiter, encoding, header, skip_rows=len(title), skip_footer=below)
    data = text.getvalue().encode(encoding)
    frame = read_csv(io.BytesIO(data), dialect)
    assert list(frame.columns) == (["a", "b", "c"] if header else ["c0", "c1", "c2"])
    found = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    assert found == [[cell or None for cell in row] for row in rows]
    if len(data) < HEAD_BYTES:
        assert preview(data, dialect, 100, complete=True) == {"columns": list(frame.columns), "rows": found}


@given(st.lists(st.sampled_from(["1", "0.5", "", " x", '"a,b"', "NA"]), min_size=1, max_size=8), st.booleans())
def test_every_line_of_a_single_column_is_a_row(cells: list[str], header: bool) -> None:
    if not any(cells):
        return
    lines = ["x", *cells] if header else cells
    data = "".join(f"{line}\n" for line in lines).encode()
    dialect = replace(Dialect(), header=header)
    frame = read_csv(io.BytesIO(data), dialect)
    wanted = [cell.strip('"') or None for cell in cells]
    assert [None if pd.isna(cell) else cell for cell in frame.iloc[:, 0]] == wanted
    assert preview(data, dialect, 100, complete=True)["rows"] == [[cell] for cell in wanted]
