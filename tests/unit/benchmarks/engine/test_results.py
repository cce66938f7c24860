from __future__ import annotations

from pathlib import Path

from benchmarks.engine.results import ResultStore, read_results

ROW = {"engine": "a", "dataset": "t", "task": "binary", "budget_s": 60, "seed": 1, "score": 0.5}


def test_what_is_kept_is_there_for_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "new" / "results.jsonl"
    ResultStore.at(file).add(ROW)
    again = ResultStore.at(file)
    assert again.rows["a", "t", 60.0, 1]["score"] == 0.5
    again.add({**ROW, "score": 0.7})
    assert [row["score"] for row in ResultStore.at(file).rows.values()] == [0.7]


def test_a_line_cut_short_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    ResultStore.at(file).add(ROW)
    with open(file, "a") as end:
        end.write('{"engine": "a", "data')
    ResultStore.at(file).add({**ROW, "seed": 2})
    assert [key[3] for key in ResultStore.at(file).rows] == [1, 2]


def test_earlier_results_name_their_score(tmp_path: Path) -> None:
    file = tmp_path / "earlier.jsonl"
    file.write_text('{"engine": "b", "dataset": "t", "task": "multiclass", "budget_s": 60.0, "logloss": 0.25}\n')
    (row,) = read_results([file]).values()
    assert (row["score"], row["measured_on"]) == (0.25, "earlier")
