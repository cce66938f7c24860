"""Ranks of engines over tables.

On each table the better score, the mean over the seeds, ranks first; a run that failed or came late ranks last.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.engine.results import Row

LATE_SHARE, LATE_S = 0.10, 2.0
START_S = {"h2o": 8.0}
"""Seconds to start its virtual machine, which are not held against an engine."""


def is_late(row: Row) -> bool:
    """Return whether the fit ended more than 10 % and 2 s after its budget."""
    took_s = row.get("fit_s", 0.0) - START_S.get(row["engine"], 0.0)
    return bool(took_s > row["budget_s"] * (1 + LATE_SHARE) + LATE_S)


def loss_of(row: Row, *, lenient: bool = False) -> float:
    """Return the score, turned so that less is better; infinite for a failure and, unless lenient, for a late run."""
    if "error" in row or (is_late(row) and not lenient):
        return math.inf
    return float(-row["score"] if row["task"] == "binary" else row["score"])


@dataclass(frozen=True)
class Standing:
    """The results of an engine over all tables.

    Attributes:
        engine: its name.
        mean_rank: over the tables, 1 is best; ties share the mean of their ranks.
        firsts: tables on which no engine was better.
        late, failed: numbers of fits.
        longest_fit_s: of all fits.
        one_row_ms, many_rows_s: medians over the tables; None where it was not measured.
    """

    engine: str
    mean_rank: float
    firsts: int
    late: int
    failed: int
    longest_fit_s: float
    one_row_ms: float | None
    many_rows_s: float | None


def losses(rows: Iterable[Row], *, lenient: bool = False) -> dict[str, dict[str, float]]:
    """Return mean losses over the seeds: by table, by engine. Only tables on which every engine was tried."""
    found: dict[str, dict[str, list[float]]] = {}
    engines = set()
    for row in rows:
        engines.add(row["engine"])
        found.setdefault(row["dataset"], {}).setdefault(row["engine"], []).append(loss_of(row, lenient=lenient))
    return {
        table: {engine: statistics.fmean(values) for engine, values in each.items()}
        for table, each in sorted(found.items())
        if set(each) == engines
    }


def ranks(each: Mapping[str, float]) -> dict[str, float]:
    """Return the rank of each engine on one table, 1 the least loss; ties share the mean of their ranks."""
    values = list(each.values())
    return {
        engine: 1 + sum(other < loss for other in values) + (values.count(loss) - 1) / 2
        for engine, loss in each.items()
    }


def standings(rows: Iterable[Row], *, lenient: bool = False) -> list[Standing]:
    """Return all engines, best mean rank first; empty if there is no table that all were tried on."""
    rows = list(rows)
    by_table = losses(rows, lenient=lenient)
    by_rank = {table: ranks(each) for table, each in by_table.items()}
    found = []
    for engine in sorted({row["engine"] for row in rows}) if by_table else ():
        mine = [row for row in rows if row["engine"] == engine and row["dataset"] in by_table]
        found.append(
            Standing(
                engine=engine,
                mean_rank=statistics.fmean(each[engine] for each in by_rank.values()),
                firsts=sum(each[engine] <= min(each.values()) < math.inf for each in by_table.values()),
                late=sum(is_late(row) for row in mine),
                failed=sum("error" in row for row in mine),
                longest_fit_s=max(row.get("fit_s", 0.0) for row in mine),
                one_row_ms=_median(mine, "predict_one_ms"),
                many_rows_s=_median(mine, "predict_10k_s"),
            )
        )
    return sorted(found, key=lambda standing: standing.mean_rank)


def wins(rows: Iterable[Row], engine: str, other: str) -> tuple[int, int, int]:
    """Count the tables on which one engine is better than another.

    Return three numbers: in all; of these, only because the other was late or failed; and the tables that both were
    tried on. Third engines have no say in it.
    """
    pair = [row for row in rows if row["engine"] in (engine, other)]
    strict, kind = losses(pair), losses(pair, lenient=True)
    both = [table for table, each in strict.items() if len(each) == 2]
    won = [table for table in both if strict[table][engine] < strict[table][other]]
    by_score = [table for table in won if kind[table][engine] < kind[table][other] < math.inf]
    return len(won), len(won) - len(by_score), len(both)


def _median(rows: list[Row], name: str) -> float | None:
    values = [row[name] for row in rows if name in row]
    return statistics.median(values) if values else None
