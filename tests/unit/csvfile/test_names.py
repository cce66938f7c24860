"""Column names are unique, whatever the first row holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from csvfile.names import column_names, numbered_names


@given(st.lists(st.text(st.sampled_from("ab.1 2_colmn3"), max_size=8), min_size=1, max_size=8))
def test_names_are_unique_and_what_is_renamed_is_told(written: list[str]) -> None:
    warnings: list[str] = []
    names = column_names(written, warnings)
    assert len(set(names)) == len(names)
    assert len(warnings) == sum(name != before for name, before in zip(names, written, strict=True))


def test_a_suffix_never_takes_a_name_that_stands_in_the_file() -> None:
    assert column_names(["a", "a", "", "a.1"], []) == ["a", "a.2", "column_3", "a.1"]


def test_without_a_header_columns_are_numbered() -> None:
    assert numbered_names(3) == ["c0", "c1", "c2"]
