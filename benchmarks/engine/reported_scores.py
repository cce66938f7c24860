"""Compare reported scores with what the members of the ensemble reached on their own, and with held-out ones.

    python -m benchmarks.engine.reported_scores [--data FOLDER] [--tables …] [--seconds 5 8 15 30] [--seeds 0 1 2]
                                                [--keep RESULTS.jsonl] [--busy PROCESSES]

A table is a folder of train.csv, test.csv and meta.json, as for `python -m benchmarks.engine`; without `--data` small
ones that scikit-learn carries. Each fit runs in a fresh process, and is kept: a run that is broken off goes on. With
`--busy` so many processes keep the machine busy meanwhile.

behind = (best member's own score - reported) / reported standard error, turned so that a reported score that is worse
is positive: beyond 2 it is significantly worse. z = (held-out - reported) / the standard errors of both together,
turned so that a held-out score that is better is positive: far below 0 the reported score promises too much.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.engine.fit_runner import Fit, run_fits
from benchmarks.engine.peer_environments import cache_folder, version_of
from benchmarks.engine.results import ResultStore, Row
from benchmarks.engine.score_calibration import calibration_of
from benchmarks.engine.synthetic_tables import make_tables
from benchmarks.engine.tables import find_tables

BUNDLED = ("breast_cancer", "diabetes", "digits", "wine")
SIGNIFICANT = 2.0
BUSY = "while True: pass"


@dataclass(frozen=True)
class Comparison:
    """One fit's reported score beside its members' and the held-out one."""

    dataset: str
    budget_s: float
    seed: int
    reported: float
    own: float
    held_out: float
    behind: float
    z: float
    truncated_folds: int

    @property
    def is_worse(self) -> bool:
        """Whether the reported score is significantly worse than the best member's own."""
        return self.behind > SIGNIFICANT


def comparison_of(row: Row) -> Comparison | None:
    """Return the comparison of a fit; None if it failed or its standard errors are not known."""
    calibration = calibration_of(row)
    if calibration is None or not row.get("members"):
        return None
    sign = 1 if row["task"] == "binary" else -1
    own = max((member["score"] for member in row["members"]), key=lambda score: sign * score)
    difference = sign * (own - calibration.reported)
    return Comparison(
        dataset=row["dataset"],
        budget_s=float(row["budget_s"]),
        seed=int(row["seed"]),
        reported=calibration.reported,
        own=own,
        held_out=calibration.tested,
        behind=difference / calibration.reported_se if calibration.reported_se > 0 else 0.0,
        z=-calibration.z,
        truncated_folds=sum(member["truncated_folds"] for member in row["members"]),
    )


def page_of(found: Iterable[Comparison], n_fits: int) -> str:
    """Return a Markdown table by table and budget, and a summary.

    Args:
        found: the fits that can be compared.
        n_fits: how many were asked for.
    """
    fits = sorted(found, key=lambda each: (each.dataset, each.budget_s, each.seed))
    if not fits:
        return f"None of {n_fits} fits can be compared."
    worse, z = sum(each.is_worse for each in fits), [each.z for each in fits]
    lines = [
        "| table | budget, s | reported | best member's own | held-out | behind | z | folds cut short |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(list(group)) for _, group in groupby(fits, key=lambda each: (each.dataset, each.budget_s))),
    ]
    return (
        f"{len(fits)} of {n_fits} fits. Reported significantly worse than the best member's own: {worse}. "
        f"z of the held-out score: mean {statistics.fmean(z):+.2f}, lowest {min(z):+.2f}, below -{SIGNIFICANT:g}: "
        f"{sum(each < -SIGNIFICANT for each in z)}.\n\n" + "\n".join(lines)
    )


def _line(fits: list[Comparison]) -> str:
    cells = [
        ", ".join(f"{each.reported:.5g}" for each in fits),
        ", ".join(f"{each.own:.5g}" for each in fits),
        ", ".join(f"{each.held_out:.5g}" for each in fits),
        ", ".join(f"{each.behind:+.2f}" for each in fits),
        ", ".join(f"{each.z:+.2f}" for each in fits),
        ", ".join(str(each.truncated_folds) for each in fits),
    ]
    return f"| {fits[0].dataset} | {fits[0].budget_s:g} | {' | '.join(cells)} |"


@contextmanager
def _kept_busy(processes: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(processes):
            stack.callback(subprocess.Popen([sys.executable, "-c", BUSY]).kill)
        yield


def main() -> None:
    """Run the missing fits and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of folders of train.csv, test.csv, meta.json; else our own")
    parser.add_argument("--tables", nargs="+", default=[], help="some of them")
    parser.add_argument("--seconds", nargs="+", type=float, default=[5, 8, 15, 30], help="budgets of the fits")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--keep", type=Path, help="file that results are kept in; else one in the cache folder")
    parser.add_argument("--busy", type=int, default=0, help="processes that keep the machine busy meanwhile")
    chosen = parser.parse_args()
    cache = cache_folder()
    if chosen.data is None:
        make_tables(cache / "tables")
    tables = find_tables(chosen.data or cache / "tables", chosen.tables or ([] if chosen.data else BUNDLED))
    version = version_of("nobrains")
    fits = [
        Fit("nobrains", version, table, seconds, seed)
        for seconds in chosen.seconds
        for table in tables
        for seed in chosen.seeds
    ]
    default = cache / f"reported-scores-{'busy' if chosen.busy else 'quiet'}.jsonl"
    kept = ResultStore.at(chosen.keep or default)
    with _kept_busy(chosen.busy):
        run_fits(fits, kept, cache)
    rows = [kept.rows[fit.key] for fit in fits if kept.rows.get(fit.key, {}).get("version") == version]
    print(page_of((each for each in map(comparison_of, rows) if each is not None), len(fits)))


if __name__ == "__main__":
    main()
