"""Models side by side: what differs is marked, and nothing is compared that cannot be."""

from __future__ import annotations

from typing import Any

from core.domain.records import Model
from core.domain.trainings import Job
from core.evaluations.side_by_side import MAX_ROWS, side_by_side


def model(id: str, **summary: Any) -> Model:
    whole: dict[str, Any] = {
        "target": "y", "task": "binary", "metric": "auc", "features": [{"name": "a"}],
        "scores": {"reported": {"auc": {"mean": 0.9, "standard_error": 0.01, "method": "folds"}}, "baseline": {}},
        "leaderboard": [
            {"name": "LightGBM 1", "model": "lightgbm", "weight": 0.25, "params": {"leaves": 8}},
            {"name": "LightGBM 2", "model": "lightgbm", "weight": 0.75, "params": {"leaves": 31}},
            {"name": "Linear 1", "model": "linear", "weight": 0.0, "params": {"c": 1}},
        ],
        "importance": [{"feature": "a", "importance": 0.1}],
    }  # fmt: skip
    return Model(id, "u", "j", "d", "2026", "b", 5, "", {**whole, **summary}, name=id.upper())


def section(found: Any, name: str) -> dict[str, Any]:
    [rows] = [each["rows"] for each in found["sections"] if each["name"] == name]
    return {row["name"]: row for row in rows}


def test_each_part_is_laid_side_by_side_and_differences_are_marked() -> None:
    jobs = [Job("1", "u", "2026", {"dataset_id": "d", "target": "y", "seed": seed, "models": None}) for seed in (0, 7)]
    other = model("b", importance=[{"feature": "b", "importance": 0.5}, {"feature": "a", "importance": 0.1}])
    found = side_by_side([model("a"), other], jobs, [None, None])
    assert found["models"] == [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]
    assert section(found, "job")["seed"] == {"name": "seed", "values": [0, 7], "differs": True}
    assert section(found, "job")["models"]["differs"] is False
    assert section(found, "parameters") == {
        "lightgbm: weight": {"name": "lightgbm: weight", "values": [1.0, 1.0], "differs": False},
        "lightgbm: leaves": {"name": "lightgbm: leaves", "values": [31, 31], "differs": False},
    }
    assert section(found, "scores")["auc"]["values"] == [0.9, 0.9]
    assert list(section(found, "importance")) == ["b", "a"]
    assert section(found, "importance")["b"]["values"] == [None, 0.5]


def test_only_what_differs_is_shown_when_asked() -> None:
    found = side_by_side([model("a"), model("b", metric="f1")], [None] * 2, [None] * 2, only_differences=True)
    assert list(section(found, "model")) == ["metric"]
    assert section(found, "parameters") == {}
    assert "They were optimized for different metrics." in found["notes"]


def test_a_table_of_many_columns_is_cut_and_said_so() -> None:
    many = [{"feature": f"c{number}", "importance": float(number)} for number in range(MAX_ROWS + 5)]
    [importance] = [each for each in side_by_side([model("a", importance=many)] * 2, [None] * 2, [None] * 2)["sections"]
                    if each["name"] == "importance"]  # fmt: skip
    assert len(importance["rows"]) == MAX_ROWS
    assert importance["left_out"] == 5
    assert importance["rows"][0]["name"] == f"c{MAX_ROWS + 4}"
