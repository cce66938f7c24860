"""What was measured, as a section of a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from benchmarks.engine.monitoring.measure import Plant, Shift, Undrifted
from benchmarks.engine.monitoring.windows import MIN_WINDOW_ROWS
from benchmarks.markdown_section import grid

MIN_WINDOWS = 4
"""Windows of a table with both figures, of which a rank correlation says something."""


def page_of(calm: Sequence[Undrifted], plants: Sequence[Plant], shifts: Sequence[Shift]) -> str:
    """Return the totals beside what is to be reached, and a line for each table."""
    main = [each for each in shifts if each.main]
    full = [each for each in calm if each.predictions is not None]
    usual = [each for each in main if each.rows >= MIN_WINDOW_ROWS]
    lines = {
        "windows without drift: the inputs alarm": [_share([each.inputs for each in calm]), "at most 1 %"],
        "the same: any column has drifted": [_share([bool(each.columns) for each in calm]), ""],
        "the same: any column has worse data": [_share([bool(each.problems) for each in calm]), ""],
        "the same: the answers have drifted": [_share([bool(each.predictions) for each in full]), ""],
        "the same: estimated performance is surely lower by 0.03": [_share([bool(each.estimate) for each in full]), ""],
        "planted drift found in the first window": [_share([each.found[0] for each in plants]), ""],
        "planted drift found in the first or second window": [
            _share([any(each.found) for each in plants]),
            "at least 95 %",
        ],
        "shifted windows: realised inside the 95 % interval of the estimate, the model's metric": [
            _share([each.inside for each in main]),
            "at least 85 %",
        ],
        "the same, windows of at least 200 rows (a monitor's `min_rows`)": [_share([e.inside for e in usual]), ""],
        "the same, all metrics": [_share([each.inside for each in shifts]), ""],
        "rank correlation of estimated and realised change, the model's metric": [
            f"{_rank_correlation(main):.2f}",
            "at least 0.7",
        ],
        "the same, windows of at least 200 rows": [f"{_rank_correlation(usual):.2f}", ""],
        "the same, within each table: median": [f"{_median_within(main):.2f}", ""],
        "the same, accuracy and mae: all windows": [
            f"{_rank_correlation([each for each in shifts if each.metric in ('accuracy', 'mae')]):.2f}",
            "",
        ],
    }
    return "\n\n".join([grid("what", ["measured", "reach"], lines), _by_table(calm, plants, shifts)])


def _by_table(calm: Sequence[Undrifted], plants: Sequence[Plant], shifts: Sequence[Shift]) -> str:
    tables = dict.fromkeys(each.table for each in (*calm, *shifts))
    lines = {}
    for table in tables:
        own = [each for each in shifts if each.table == table and each.main]
        lines[table] = [
            _share([each.inputs for each in calm if each.table == table]),
            _share([any(each.found) for each in plants if each.table == table]),
            own[0].metric if own else "",
            _share([each.inside for each in own]),
            f"{_rank_correlation(own):.2f}",
            f"{np.mean([each.realised - each.estimated for each in own]):+.3f}" if own else "",
            f"{max((abs(each.realised - each.estimated) for each in own), default=0):.3f}" if own else "",
        ]
    titles = ["alarms", "planted found", "metric", "inside", "rank correlation", "estimate too hopeful by", "at most"]
    return grid("table", titles, lines)


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags)} of {len(flags)} ({np.mean(flags):.1%})" if flags else "none"


def _rank_correlation(shifts: Sequence[Shift]) -> float:
    if len(shifts) < MIN_WINDOWS:
        return float("nan")
    return float(stats.spearmanr([each.estimated for each in shifts], [each.realised for each in shifts]).statistic)


def _median_within(shifts: Sequence[Shift]) -> float:
    tables = {each.table for each in shifts}
    each = [_rank_correlation([shift for shift in shifts if shift.table == table]) for table in tables]
    known = [value for value in each if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
