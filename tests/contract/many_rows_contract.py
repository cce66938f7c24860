"""What every adapter of `core.ports.Tables` keeps of many rows at once."""

from __future__ import annotations

from core.ports import Tables


class ManyRowsContract:
    """Subclasses supply the fixture `tables`, empty and open."""

    def test_put_many_writes_over_what_is_there_and_nothing_else(self, tables: Tables) -> None:
        tables.put("feature#1", b"old")
        tables.put("feature#other", b"other")
        tables.put_many({"feature#1": b"new", "feature#2": b"", "feature#é\U0001f986": bytes(range(256))})
        assert {row.key: row.value for row in tables.scan("feature#")} == {
            "feature#1": b"new", "feature#2": b"", "feature#é\U0001f986": bytes(range(256)), "feature#other": b"other",
        }  # fmt: skip

    def test_many_rows_are_none_or_thousands(self, tables: Tables) -> None:
        tables.put_many({})
        tables.delete_many([])
        rows = {f"feature#{number:04}": b"%d" % number * 500 for number in range(2500)}
        tables.put_many(rows)
        assert tables.get_many(list(rows)) == rows
        tables.delete_many([*[*rows][:-1], "feature#that was never there"])
        assert [row.key for row in tables.scan("feature#")] == ["feature#2499"]

    def test_row_of_many_is_a_row_like_any_other(self, tables: Tables) -> None:
        tables.put_many({"job#1": b"first"})
        assert tables.put_if_absent("job#1", b"second") is False
        assert tables.put_if_unchanged("job#1", b"second", b"first") is True
        tables.put_many({"job#1": b"third"})
        assert tables.delete_if_unchanged("job#1", b"third") is True
