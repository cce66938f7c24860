"""Measure the engine and its peers, on real tables, one fit at a time, each in a fresh process.

    python -m benchmarks.engine [--data FOLDER] [--tables …] [--engines nobrains autogluon …] [--seconds 60]
                                [--seeds 0 1 2] [--results EARLIER.jsonl …] [--write docs/benchmarks.md]
    python -m benchmarks.engine --limits 5 10 30 60      does a fit keep to its budget, and how soon is there a model?
    python -m benchmarks.engine --large                  1,000,000 rows of 20 mixed columns in 300 s, and its memory

A peer's packages are installed, pinned, into an environment of its own when it is first needed. Results are kept as
JSON lines: a run that is broken off goes on where it was, and changed code is measured anew. Run it while nothing else
does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from benchmarks.engine import report
from benchmarks.engine.fit_runner import Fit, run_fits
from benchmarks.engine.peer_environments import REQUIREMENTS, cache_folder, version_of
from benchmarks.engine.results import ResultStore, Row, read_results
from benchmarks.engine.synthetic_tables import make_tables, mixed
from benchmarks.engine.tables import Table, find_tables, write_table
from benchmarks.markdown_section import provenance, put_section

ENGINES = ("nobrains", *REQUIREMENTS)
LARGE_ROWS, LARGE_S = 1_000_000, 300.0
TRAIN_SHARE = 0.75


def tables_of(chosen: argparse.Namespace) -> list[Table]:
    """Return the tables of the folder that was given, or our own."""
    data: Path = chosen.data or chosen.cache / "tables"
    if chosen.data is None:
        make_tables(data)
    return find_tables(data, chosen.tables)


def large_table(cache: Path) -> Table:
    """Return a table of a million training rows of 20 mixed columns."""
    folder = cache / "large" / "mixed_million"
    if not (folder / "meta.json").exists():
        write_table(folder, mixed(round(LARGE_ROWS / TRAIN_SHARE)), "target", "binary", "generated")
    return find_tables(folder.parent)[0]


def measure(fits: Iterable[Fit], chosen: argparse.Namespace) -> list[Row]:
    """Run the missing fits; return the rows of all fits, as far as they could be had."""
    wanted = list(fits)
    kept = ResultStore.at(chosen.keep or chosen.cache / "results.jsonl")
    run_fits(wanted, kept, chosen.cache)
    return [kept.rows[fit.key] for fit in wanted if kept.rows.get(fit.key, {}).get("version") == fit.version]


def compare(chosen: argparse.Namespace) -> str:
    """Compare all chosen engines on all tables; rows of other engines in `--results` join them."""
    versions = {engine: version_of(engine) for engine in chosen.engines}
    tables = tables_of(chosen)
    # Seed by seed, so that there is something to compare early.
    fits = [
        Fit(engine, versions[engine], table, chosen.seconds, seed)
        for seed in chosen.seeds
        for table in tables
        for engine in chosen.engines
    ]
    rows = measure(fits, chosen)
    names = {table.name for table in tables}
    earlier = [
        row
        for row in read_results(chosen.results).values()
        if row["engine"] not in chosen.engines and row["dataset"] in names and row["budget_s"] == chosen.seconds
    ]
    return report.comparison(rows + earlier)


def keep_time(chosen: argparse.Namespace) -> str:
    """Measure our engine at several budgets."""
    version, tables = version_of("nobrains"), tables_of(chosen)
    fits = [Fit("nobrains", version, table, budget_s, 0) for budget_s in chosen.limits for table in tables]
    return report.limits(measure(fits, chosen))


def take_large(chosen: argparse.Namespace) -> str:
    """Measure our engine on a million rows."""
    fit = Fit("nobrains", version_of("nobrains"), large_table(chosen.cache), LARGE_S, 0)
    return report.large(measure([fit], chosen))


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of folders of train.csv, test.csv, meta.json; else our own")
    parser.add_argument("--tables", nargs="+", default=[], help="some of them")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["nobrains"])
    parser.add_argument("--seconds", type=float, default=60.0, help="budget of a fit")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--results", nargs="+", type=Path, default=[], help="earlier results of engines not run now")
    parser.add_argument("--keep", type=Path, help="file that results are kept in; else one in the cache folder")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="folder of environments, tables, results")
    parser.add_argument("--write", type=Path, help="page to put the section into")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--limits", nargs="+", type=float, metavar="SECONDS", help="budgets to keep to, ours alone")
    other.add_argument("--large", action="store_true", help="one large table, ours alone")
    return parser


def main() -> None:
    """Measure, print the section, and with --write put it into the page."""
    chosen = options().parse_args()
    name, act = "engine", compare
    if chosen.limits:
        name, act = "engine-limits", keep_time
    elif chosen.large:
        name, act = "engine-large", take_large
    text = act(chosen)
    head = f"Written on {provenance()}."
    print(f"{head}\n\n{text}")
    if chosen.write:
        put_section(chosen.write, name, f"{head}\n\n{text}")


if __name__ == "__main__":
    main()
