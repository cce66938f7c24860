"""Columns of text as lines of CSV: joined by PyArrow, in quotes only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()
"""Type of the columns: however long the cells are, their sum fits."""

# Also a carriage return on its own: it ends a line for most readers.
_TO_QUOTE = '",\n\r'


def csv_lines(columns: Sequence[pa.Array]) -> bytes:
    """Return the rows of columns of equal length, in UTF-8; missing cells are empty."""
    cells = [_quoted(column) for column in columns]
    if len(cells) == 1:  # Readers skip empty lines.
        known = pc.fill_null(cells[0], _text(""))
        cells = [pc.if_else(pc.equal(known, _text("")), _text('""'), known)]
    rows = pc.binary_join_element_wise(*cells, _text(","), null_handling="replace", null_replacement="")
    return _content(pc.binary_join_element_wise(rows, _text(""), _text("\n")))


def _quoted(column: pa.Array) -> pa.Array:
    content = _content(column)
    if not any(character in content for character in _TO_QUOTE.encode()):
        return column
    doubled = pc.replace_substring(column, '"', '""')
    in_quotes = pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text(""))
    return pc.if_else(pc.match_substring_regex(column, f"[{_TO_QUOTE}]"), in_quotes, column)


def _content(column: pa.Array) -> bytes:
    """Return the bytes of all cells, one after the other."""
    content = column.buffers()[2]
    return b"" if content is None else content.to_pybytes()


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, TEXT)
