"""The section of the benchmark of engines, as Markdown: standings, scores, honesty, time limits, a large table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from benchmarks.engine.ranking import Standing, losses, standings, wins
from benchmarks.engine.results import Row
from benchmarks.engine.score_calibration import calibrations, page_of
from benchmarks.markdown_section import grid

OURS = "nobrains"
TITLES = {
    "nobrains": "No Brains",
    "autogluon": "AutoGluon best",
    "autogluon_medium": "AutoGluon medium",
    "flaml": "FLAML",
    "h2o": "H2O",
    "mljar": "mljar Compete",
}
RULE = (
    "The score is AUC for two classes, log loss for more, RMSE for numbers, the mean over the seeds; what counts is "
    "the mean rank over the tables. A fit that failed, or ended more than 10 % and 2 s past its budget, ranks last "
    "(8 s for starting its JVM are not held against H2O). Losses are in here too."
)
GRACE_SHARE, GRACE_S = 0.02, 2.0
"""Time that a fit of ours may take beyond its budget, the greater of both: a share, and seconds."""


def comparison(rows: list[Row]) -> str:
    """Return standings, every table's scores, and how honest ours are; a note if no table was tried by all."""
    found = standings(rows)
    if not found:
        return "No table was tried by every engine yet."
    kindly = {standing.engine: standing.mean_rank for standing in standings(rows, lenient=True)}
    engines = [standing.engine for standing in found]
    lines = [
        "| engine | mean rank | not counting lateness | first on | late | failed | longest fit, s | one row, ms "
        "| 10,000 rows, s | No Brains better on | seeds | measured |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_standing(standing, kindly[standing.engine], rows) for standing in found),
    ]
    ours = [row for row in rows if row["engine"] == OURS]
    parts = [RULE, "\n".join(lines), _scores(rows, engines)]
    if speeds := _speeds(rows, engines):
        parts += ["Seconds for 10,000 rows, the test part repeated, where an engine was asked for so many:", speeds]
    if ours:
        parts += ["How far the reported score can be trusted:", page_of(calibrations(ours))]
    return "\n\n".join(parts)


def _standing(standing: Standing, kindly: float, rows: list[Row]) -> str:
    mine = [row for row in rows if row["engine"] == standing.engine]
    better = ""
    if standing.engine != OURS and any(row["engine"] == OURS for row in rows):
        won, by_default, both = wins(rows, OURS, standing.engine)
        better = f"{won} of {both}" + (f" ({by_default} only because it was late or failed)" if by_default else "")
    seeds = sorted({row.get("seed", 0) for row in mine})
    days = sorted({row["measured_on"] for row in mine})
    one_row = "" if standing.one_row_ms is None else f"{standing.one_row_ms:.1f}"
    many_rows = "" if standing.many_rows_s is None else f"{standing.many_rows_s:.2f}"
    return (
        f"| {TITLES[standing.engine]} | {standing.mean_rank:.2f} | {kindly:.2f} | {standing.firsts} | {standing.late} "
        f"| {standing.failed} | {standing.longest_fit_s:.1f} | {one_row} | {many_rows} | {better} "
        f"| {', '.join(map(str, seeds))} | {', '.join(days)} |"
    )


def _scores(rows: list[Row], engines: list[str]) -> str:
    strict, kind = losses(rows), losses(rows, lenient=True)
    tasks = {row["dataset"]: row["task"] for row in rows if "task" in row}
    metrics = {"binary": "AUC", "multiclass": "log loss", "regression": "RMSE"}

    def cell(table: str, engine: str) -> str:
        loss = kind[table][engine]
        if math.isinf(loss):
            return "failed"
        text = f"{abs(loss):.5g}"
        if math.isinf(strict[table][engine]):
            return f"{text} (late)"
        return f"**{text}**" if loss == min(strict[table].values()) else text

    scored = {f"{table} | {metrics[tasks[table]]}": [cell(table, engine) for engine in engines] for table in strict}
    return grid("table | score", [TITLES[engine] for engine in engines], scored)


def _speeds(rows: list[Row], engines: list[str]) -> str:
    """Return each table's median over the seeds; nothing if no engine was measured on many rows."""
    seconds_by_table: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if "predict_10k_s" in row:
            seconds_by_table.setdefault(row["engine"], {}).setdefault(row["dataset"], []).append(row["predict_10k_s"])
    measured = [engine for engine in engines if engine in seconds_by_table]
    tables = sorted({table for engine in measured for table in seconds_by_table[engine]})

    def cell(engine: str, table: str) -> str:
        seconds = seconds_by_table[engine].get(table)
        return f"{statistics.median(seconds):.2f}" if seconds else ""

    if not tables:
        return ""
    lines = {table: [cell(engine, table) for engine in measured] for table in tables}
    return grid("table", [TITLES[engine] for engine in measured], lines)


def overrun_s(row: Row) -> float:
    """Return the seconds beyond the budget and its grace; negative if the fit kept to them."""
    return float(row["fit_s"] - row["budget_s"] - max(GRACE_S, GRACE_SHARE * row["budget_s"]))


def limits(rows: Iterable[Row]) -> str:
    """Return for each budget: how long fits took, how many were late or failed, when the first model was there."""
    by_budget: dict[float, list[Row]] = {}
    for row in rows:
        by_budget.setdefault(row["budget_s"], []).append(row)
    lines = [
        "| budget, s | tables | longest fit, s | late by more than 2 s or 2 % | failed "
        "| first model other than the constant, s: median | at the latest | a network fitted on |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for budget_s, some in sorted(by_budget.items()):
        done = [row for row in some if "error" not in row]
        firsts = [row["first_model_s"] for row in done if "first_model_s" in row]
        late = sorted(row["dataset"] for row in done if overrun_s(row) > 0)
        counted = [row["trials"] for row in done if "trials" in row]
        networks = f"{sum('neural' in trials for trials in counted)} of {len(counted)}" if counted else ""
        failed = sorted(row["dataset"] for row in some if "error" in row)
        lines.append(
            f"| {budget_s:g} | {len(some)} | {max((row['fit_s'] for row in done), default=math.nan):.1f} "
            f"| {_counted(late)} | {_counted(failed)} "
            f"| {f'{statistics.median(firsts):.1f}' if firsts else 'none'} "
            f"| {f'{max(firsts):.1f}' if len(firsts) == len(done) and firsts else 'never on some'} | {networks} |"
        )
    return "\n".join(lines)


def _counted(tables: list[str]) -> str:
    return f"{len(tables)} ({', '.join(tables)})" if tables else "none"


def large(rows: Iterable[Row]) -> str:
    """Return one line for each fit of a large table."""
    lines = ["| rows | columns | budget, s | fit, s | peak memory, GiB | score (se) |", "|---|---|---|---|---|---|"]
    for row in rows:
        if "error" in row:
            lines.append(f"| | | {row['budget_s']:g} | | | failed: {row['error']} |")
        else:
            lines.append(
                f"| {row['train_rows']:,} | {row['columns']} | {row['budget_s']:g} | {row['fit_s']:.1f} "
                f"| {row['peak_rss_mib'] / 1024:.2f} | {row['score']:.5g} ({row['score_se']:.2g}) |"
            )
    return "\n".join(lines)
