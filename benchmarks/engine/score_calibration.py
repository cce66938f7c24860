"""Measure how honest the reported scores are.

z = (reported - test) / sqrt(se^2 + bootstrap se of the test score^2), signed so that z > 0 is optimistic.

    python -m benchmarks.engine.score_calibration RESULTS.jsonl …
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.engine.results import Row, read_results

Z_90 = 1.645
"""Half the width of a 90 % interval, in standard errors."""


@dataclass(frozen=True)
class ScoreCalibration:
    """One reported score with the test's."""

    dataset: str
    seed: int
    budget_s: float
    reported: float
    reported_se: float
    tested: float
    tested_se: float
    z: float
    method: str

    @property
    def covers(self) -> bool:
        """Whether the 90 % interval of the difference holds zero."""
        return abs(self.z) <= Z_90


def calibration_of(row: Row) -> ScoreCalibration | None:
    """Return the calibration of a fit; None if nothing was reported or its standard errors are not known."""
    reported = row.get("reported")
    if not reported or "score_se" not in row or reported["standard_error"] is None:
        return None
    sign = 1 if row["task"] == "binary" else -1
    spread = math.hypot(reported["standard_error"], row["score_se"])
    difference = sign * (reported["mean"] - row["score"])
    return ScoreCalibration(
        dataset=row["dataset"],
        seed=int(row.get("seed", 0)),
        budget_s=float(row["budget_s"]),
        reported=reported["mean"],
        reported_se=reported["standard_error"],
        tested=row["score"],
        tested_se=row["score_se"],
        # Two scores without any spread that agree are honest: perfect on easy tables.
        z=difference / spread if spread > 0 else (0.0 if difference == 0 else math.copysign(math.inf, difference)),
        method=reported["method"],
    )


def calibrations(rows: Iterable[Row]) -> list[ScoreCalibration]:
    """Return the calibrations of all fits that reported a score, by table."""
    found = [each for each in map(calibration_of, rows) if each is not None]
    return sorted(found, key=lambda each: (each.budget_s, each.dataset, each.seed))


def page_of(found: list[ScoreCalibration]) -> str:
    """Return a Markdown table, and a summary."""
    if not found:
        return "No reported score stands beside a test score with its standard error yet."
    mean_z, covered = statistics.fmean(each.z for each in found), sum(each.covers for each in found)
    lines = [
        "| table | reported (se) | test (se) | z | method |",
        "|---|---|---|---|---|",
        *(_line(list(fits)) for _, fits in groupby(found, key=lambda each: (each.budget_s, each.dataset))),
    ]
    return (
        f"Mean z {mean_z:+.2f} over {len(found)} fits (z > 0 is optimistic); the 90 % interval covers {covered} of "
        f"{len(found)}.\n\n" + "\n".join(lines)
    )


def _line(fits: list[ScoreCalibration]) -> str:
    """Return the line of all seeds of one table."""
    cells = [
        ", ".join(f"{each.reported:.5g} ({each.reported_se:.2g})" for each in fits),
        ", ".join(f"{each.tested:.5g} ({each.tested_se:.2g})" for each in fits),
        ", ".join(f"{each.z:+.2f}" for each in fits),
        "; ".join(sorted({each.method for each in fits})),
    ]
    return f"| {fits[0].dataset} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table for the results in these files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path, help="JSON lines, as benchmarks.engine keeps them")
    print(page_of(calibrations(read_results(parser.parse_args().results).values())))


if __name__ == "__main__":
    main()
