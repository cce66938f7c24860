"""What is wrong with a CSV's first MiB, as the service says it."""

from __future__ import annotations

import pytest

from core.datasets.csv_head import preview_head, sniff_head
from core.errors import Invalid
from csvfile.dialect import Dialect


def test_an_error_keeps_its_words_and_its_places() -> None:
    with pytest.raises(Invalid) as caught:
        sniff_head(b"a,b\n1,2\n3,4,5\n", max_columns=10)
    hint = (
        "Quote the fields that contain the delimiter, or remove the extra one. If another character separates the "
        "columns, set the `delimiter`; if lines stand above the header, `skip_rows`. `bad_rows=skip` leaves such rows "
        "out."
    )
    assert caught.value.reason == "RAGGED_ROWS"
    assert caught.value.detail == f"Rows with more fields than the 2 columns: 1; the first is on line 3. {hint}"
    assert caught.value.errors == [{"line": 3, "column": 3, "detail": "3 fields instead of 2", "hint": hint}]


def test_a_short_file_is_looked_at_to_its_end() -> None:
    sniffed = sniff_head(b"a;b\n1;2", max_columns=10)
    assert sniffed.dialect == Dialect(";")
    assert preview_head(b"a;b\n1;2", sniffed.dialect, 5) == {"columns": ["a", "b"], "rows": [["1", "2"]]}
