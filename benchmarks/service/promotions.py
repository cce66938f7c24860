"""Promote and roll back while predictions keep a pace: how many answers fail, and how long does the old version answer?

    python -m benchmarks.service.promotions [--back-ends embedded real] [--per-s 200] [--seconds 60]

Every few seconds the champion is promoted or rolled back by turns. Of each answer its version is compared with those
that were champion, by the log of changes, in the two seconds before it came. Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.markdown_section import provenance
from benchmarks.service.deployments import BACK_ENDS, running
from benchmarks.service.http_load import Pace, keep_pace
from benchmarks.service.rolling_update import ENDPOINT, prepare
from nobrains_client import Client

EVERY_S = 4.0
EVERYWHERE_S = 2.0
CHAMPION = "champion"


@dataclass(frozen=True)
class Reign:
    """The time in which a version was champion, by the log of changes."""

    version: int
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Answer:
    """The version of an answer, and when it came."""

    version: int
    at_s: float


def change_until(client: Client, is_over: Callable[[], bool]) -> None:
    """Promote the second version and roll that back, by turns."""
    endpoint = client.endpoint(ENDPOINT)
    while not is_over():
        time.sleep(EVERY_S)
        if endpoint.info().champion == 1:
            endpoint.promote(2, why="better")
        else:
            endpoint.rollback(why="worse after all")


def reigns(client: Client) -> list[Reign]:
    """Return who was champion when."""
    changes = sorted(client.endpoint(ENDPOINT).changes(), key=lambda change: change.seq)
    begins_s = [change.at.timestamp() for change in changes if change.at]
    return [
        Reign(change.aliases[CHAMPION], begin_s, end_s)
        for change, begin_s, end_s in zip(changes, begins_s, [*begins_s[1:], float("inf")], strict=True)
    ]


def disagreeing(found: Sequence[Reign], answers: Sequence[Answer]) -> int:
    """Return of how many answers the version was not champion at any time of the two seconds before."""
    return sum(
        not any(
            reign.version == answer.version
            and reign.begin_s <= answer.at_s
            and reign.end_s >= answer.at_s - EVERYWHERE_S
            for reign in found
        )
        for answer in answers
    )


def slowest_s(found: Sequence[Reign], answers: Sequence[Answer]) -> float:
    """Return for how long at most an old version went on answering after it was replaced."""
    late_s = (
        answer.at_s - reign.begin_s
        for reign in found
        for answer in answers
        if reign.begin_s <= answer.at_s < reign.end_s and answer.version != reign.version
    )
    return max(late_s, default=0.0)


def measure(back_ends: str, per_s: int, seconds: int, folder: Path) -> tuple[Pace, list[Reign], list[Answer]]:
    """Return what came of the load, who was champion when, and who has answered."""
    answers: list[Answer] = []

    def note(body: bytes) -> None:
        answers.append(Answer(json.loads(body)["version"], time.time()))

    with running(back_ends) as (_, client):
        call = prepare(client, folder, versions=2)
        keep_pace(call, per_s, 3)  # The model is loaded, connections are made.
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(keep_pace, call, per_s, seconds, note)
            change_until(client, load.done)
            return load.result(), reigns(client), answers


def report(back_ends: str, per_s: int, pace: Pace, found: Sequence[Reign], answers: Sequence[Answer]) -> str:
    """Return it in a sentence."""
    sent = sum(pace.statuses.values())
    failed = sent - pace.statuses.get("200", 0)
    return (
        f"{BACK_ENDS[back_ends].title}: {sent:,} predictions at {per_s} a second during {len(found) - 1} promotions "
        f"and rollbacks: {failed} failed; the old version answered for at most {slowest_s(found, answers):.2f} s after "
        f"a change, {disagreeing(found, answers)} answers disagree with the log of changes by more than "
        f"{EVERYWHERE_S:.0f} s; p50 {pace.p50_ms:.1f} ms, p99 {pace.p99_ms:.0f} ms."
    )


def main() -> None:
    """Measure, and print a sentence for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--back-ends", nargs="+", choices=BACK_ENDS, default=["embedded"])
    parser.add_argument("--per-s", type=int, default=200, help="predictions a second")
    parser.add_argument("--seconds", type=int, default=60, help="seconds of the load")
    chosen = parser.parse_args()
    print(f"Measured on {provenance()}.", flush=True)
    for back_ends in chosen.back_ends:
        with tempfile.TemporaryDirectory(prefix="nobrains-promotions-") as folder:
            measured = measure(back_ends, chosen.per_s, chosen.seconds, Path(folder))
        print(report(back_ends, chosen.per_s, *measured), flush=True)


if __name__ == "__main__":
    main()
