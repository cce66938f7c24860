from __future__ import annotations

from typing import Any

from benchmarks.engine.report import comparison, large, limits, overrun_s


def row(engine: str, score: float, **more: Any) -> dict[str, Any]:
    return {
        **{
            "engine": engine,
            "dataset": "t",
            "task": "binary",
            "budget_s": 60.0,
            "seed": 0,
            "measured_on": "2026-11-21",
        },
        **{"fit_s": 58.0, "predict_one_ms": 5.0, "score": score, "score_se": 0.01, **more},
    }


def test_losses_and_lateness_are_told() -> None:
    text = comparison([row("nobrains", 0.8), row("flaml", 0.9, dataset="t"), row("h2o", 0.95, fit_s=99.0)])
    assert text.index("| FLAML | 1.00 ") < text.index("| No Brains | 2.00 ") < text.index("| H2O | 3.00 | 1.00 ")
    assert "**0.9**" in text
    assert "0.95 (late)" in text
    assert "1 of 1 (1 only because it was late or failed)" in text


def test_what_many_rows_take_is_told_of_those_who_were_asked() -> None:
    ours = [row("nobrains", 0.8, predict_10k_s=seconds, seed=seed) for seed, seconds in enumerate((0.5, 0.9, 0.7))]
    text = comparison([*ours, row("flaml", 0.9), row("h2o", 0.7, predict_10k_s=2.0)])
    assert "| table | No Brains | H2O |" in text
    assert "| t | 0.70 | 2.00 |" in text


def test_nothing_common_is_no_table() -> None:
    assert "every engine" in comparison([row("nobrains", 0.8), row("flaml", 0.9, dataset="u")])


def test_limits_name_what_was_late() -> None:
    assert overrun_s(row("nobrains", 0.8, budget_s=5.0, fit_s=7.0)) == 0
    late = row("nobrains", 0.8, budget_s=5.0, fit_s=7.1, first_model_s=1.5, trials={"linear": 2, "neural": 1})
    text = limits([late, row("nobrains", 0.8)])
    assert "| 5 | 1 | 7.1 | 1 (t) | none | 1.5 | 1.5 | 1 of 1 |" in text
    assert "| 60 | 1 | 58.0 | none | none | none | never on some |  |" in text


def test_a_large_table_that_failed_says_why() -> None:
    failed = {"engine": "nobrains", "dataset": "t", "budget_s": 300.0, "error": "MemoryError"}
    done = row("nobrains", 0.8, train_rows=1_000_000, columns=20, peak_rss_mib=4096)
    text = large([failed, done])
    assert "failed: MemoryError" in text
    assert "| 1,000,000 | 20 | 60 | 58.0 | 4.00 | 0.8 (0.01) |" in text
