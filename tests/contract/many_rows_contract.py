"""What every adapter of `core.ports.Tables` keeps of many rows at once."""

from __future__ import annotations

from core.domain.features import Generation
from core.features.feature_rows import FeatureRows, dump_row, load_row, row_key
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

    def test_features_by_key_are_written_and_read_in_one_go(self, tables: Tables) -> None:
        features = FeatureRows(tables, 0.0)
        for fetch in (1, 2):
            id = features.begin("ada", "patients", f"dataset-{fetch}", fetch, ["patient"])
            assert id is not None
            found = {f"{number:032x}": dump_row({"age": number, "name": "Zoë"}) for number in range(1200)}
            features.put_many("ada", "patients", id, found)
            made = Generation(id, f"dataset-{fetch}", fetch, ["patient"], [True], ["age", "name"], len(found))
            assert features.finish("ada", "patients", made)
        answers = features.find("ada", "patients")
        assert answers is not None
        assert answers.current.id == id
        read = tables.get_many([row_key("ada", "patients", id, f"{number:032x}") for number in range(1190, 1210)])
        assert sorted(load_row(raw)["age"] for raw in read.values()) == list(range(1190, 1200))
