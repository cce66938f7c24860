"""With real processes: the engine is our own, and a table of its smallest kind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.engine import fit_runner
from benchmarks.engine.fit_runner import Fit, parse_line, run_fits
from benchmarks.engine.peer_environments import NoEnvironment
from benchmarks.engine.results import ResultStore
from benchmarks.engine.tables import Table, find_tables, write_table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=80), "y": ["a", "b"] * 40})
    return write_table(tmp_path / "data" / "tiny", frame, "y", "binary", "generated")


def fit(table: Table, engine: str = "nobrains", version: str = "1") -> Fit:
    return Fit(engine, version, table, 2.0, 0)


def test_a_table_is_found_as_it_was_written(table: Table) -> None:
    assert find_tables(table.folder.parent) == find_tables(table.folder.parent, ["tiny"]) == [table]
    assert (len(table.train()), len(table.test())) == (60, 20)
    with pytest.raises(SystemExit, match="no table other; it holds: tiny"):
        find_tables(table.folder.parent, ["other"])


def test_a_fit_becomes_a_row_and_is_not_run_again(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ResultStore.at(tmp_path / "kept.jsonl")
    run_fits([fit(table)], kept, tmp_path)
    (row,) = kept.rows.values()
    assert "error" not in row
    assert 0 <= row["score"] <= 1
    assert row["reported"]["metric"] == "auc"
    assert row["peak_rss_mib"] > 1
    # A program that cannot be: whoever were to run it again would notice.
    monkeypatch.setattr(fit_runner, "PROGRAM", tmp_path / "missing.py")
    run_fits([fit(table)], kept, tmp_path)
    assert kept.rows[fit(table).key] is row
    run_fits([fit(table, version="2")], kept, tmp_path)
    assert "missing.py" in kept.rows[fit(table).key]["error"]


def test_an_engine_that_cannot_be_had_is_told_of_and_left_out(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(engine: str, cache: Path) -> Path:
        raise NoEnvironment("no such package")

    monkeypatch.setattr(fit_runner, "python_of", nowhere)
    kept = ResultStore.at(tmp_path / "kept.jsonl")
    run_fits([fit(table, "flaml"), fit(table, "flaml", "2")], kept, tmp_path)
    assert kept.rows == {}
    assert capsys.readouterr().err == "flaml is left out: no such package\n"


def test_an_engine_that_hangs_is_ended(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "hangs.py"
    program.write_text("import threading; threading.Event().wait()")
    monkeypatch.setattr(fit_runner, "PROGRAM", program)
    monkeypatch.setattr(fit_runner, "PATIENCE_S", -5.5)
    monkeypatch.setattr(fit_runner, "python_of", lambda engine, cache: Path(sys.executable))
    kept = ResultStore.at(tmp_path / "kept.jsonl")
    run_fits([fit(table, "flaml")], kept, tmp_path)
    assert "not done" in kept.rows[fit(table, "flaml").key]["error"]


def test_whatever_an_engine_prints_the_last_object_counts() -> None:
    assert parse_line('hello {\n{"a": 1}\n{broken\nbye') == {"a": 1}
    assert parse_line("nothing") is None
