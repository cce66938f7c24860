"""Have pipelines fall due each minute while api processes are killed, with clocks apart: is each run made, and once?

    python -m benchmarks.service.schedules [--pipelines 100] [--minutes 10] [--clocks-apart-s 300]
                                           [--write docs/schedules.md]

Three api processes over one folder of data; around each full minute one of them is killed, in turn, and started again.
So many pipelines fall due each minute, each of five times as many every five minutes. Their data is gone, so that a run
is over as soon as it has begun, and nothing but the schedule is measured. What is compared is the set of runs with that
of the minutes that came, and when each run was first seen with its minute. The exit code tells whether each was made.

With --clocks-apart-s the second and the third process have a wall clock that is so much fast and slow (needs a C
compiler, or root and apt-get): then runs begin as early as the fast one thinks. The kills begin that much earlier, too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backends.factory import create_backends
from benchmarks.markdown_section import provenance, put_section
from core.domain.pipelines import SKIPPED, Run
from core.schedules.cron import utc_minute
from core.schedules.schedule import moment_of
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.emulators.bound import ROOT, bound
from tests.emulators.ports import reserve_ports
from tests.integration.clocks import WallClock
from tests.integration.polling import answers
from tests.waiting import wait_for

PROCESSES = 3
EVERY_MINUTES = 5
"""Least minutes between two times of a schedule: so many pipelines take turns."""
LOOK_S = 0.2
SETTLING_S = 20.0
CSV = b"age,bought\n31,yes\n45,no\n27,yes\n"
JOB = {"target": "bought", "task": "auto", "metric": "auto", "exclude_columns": [], "time_budget_s": 10}
UNLIMITED = {"max_pipelines": "100000"}


def environment() -> dict[str, str]:
    """Return the settings of all processes, as environment variables."""
    return {f"NOBRAINS_{name.upper()}": value for name, value in UNLIMITED.items()}


class Api:
    """An api process whose clock is some seconds off."""

    def __init__(self, data: Path, clock_s: int, number: int) -> None:
        self.log = data.parent / f"api-{number}.log"
        self.environ = {**os.environ, **environment()}
        if clock_s:
            folder = data.parent / f"clock-{number}"
            folder.mkdir()
            clock = WallClock(folder)
            clock.set(clock_s)
            self.environ |= clock.environ
        self.command = [sys.executable, "-m", "nobrains", "api", "--no-predict", "--data", str(data)]
        self.start()

    def start(self) -> None:
        (port,) = reserve_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        command = [*self.command, "--port", str(port)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                bound(command), cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it as a crash does, with all that belongs to it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Watch:
    """When each run was first seen, by the clock of this machine."""

    service: Service
    user_id: str
    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def look(self) -> None:
        start = rows.prefix("run", self.user_id)
        now = datetime.now(UTC)
        for row in rows.scan_all(self.service.ports.tables, start):
            pipeline, key = row.key.removeprefix(start).split("#")
            self.seen.setdefault((pipeline, key), now)

    def followed(self) -> set[tuple[str, str]]:
        """Return the runs that were not passed over as missed, of which each has a number of its own."""
        found = [rows.load(Run, row.value) for row in rows.scan_all(self.service.ports.tables, f"run#{self.user_id}#")]
        assert len({(run.pipeline_id, run.number) for run in found}) == len(found)
        return {(run.pipeline_id, run.key) for run in found if run.state != SKIPPED}

    def until(self, at: datetime) -> None:
        while datetime.now(UTC) < at:
            self.look()
            time.sleep(LOOK_S)


@dataclass(frozen=True)
class Outcome:
    """How many runs were due, how late those that were made began, in order, and how many were made beside them."""

    due: int
    extra: int
    late_s: list[float]
    kills: int

    @property
    def is_complete(self) -> bool:
        return len(self.late_s) == self.due and not self.extra

    def words(self, apart_s: int) -> str:
        clocks = f"clocks {apart_s} s fast and {apart_s} s slow" if apart_s else "clocks in agreement"
        late_s = self.late_s or [float("nan")]
        return (
            f"{self.due:,} runs due, {PROCESSES} api processes, {clocks}, {self.kills} killed: {len(self.late_s):,} "
            f"made once, {self.due - len(self.late_s)} missing, {self.extra} that were not due; begun "
            f"{late_s[0]:+.1f} s to {late_s[-1]:+.1f} s after their minute, median {late_s[len(late_s) // 2]:+.1f} s, "
            f"p99 {late_s[int(len(late_s) * 0.99)]:+.1f} s."
        )


def make_pipelines(service: Service, each_minute: int) -> tuple[str, dict[str, list[str]]]:
    """Make the pipelines; return their user, and the ids of those that fall due in the same minutes, by the first."""
    user = service.accounts.sign_up("bench", "correct horse")
    dataset = service.datasets.create(user.id, "people.csv", iter([CSV]))
    made: dict[str, list[str]] = {}
    for number in range(each_minute * EVERY_MINUTES):
        said = {
            "name": f"pipeline {number}", "endpoint": f"e{number % 50}", "data": {"dataset_id": dataset.id}, "job": JOB,
            "when": [{"cron": f"{number % EVERY_MINUTES}-59/{EVERY_MINUTES} * * * *"}], "overlap": "queue",
        }  # fmt: skip
        pipeline = service.pipelines.create(user.id, said)
        made.setdefault(str(pipeline.next_at), []).append(pipeline.id)
    service.ports.tables.delete(rows.key("dataset", user.id, dataset.id))
    return user.id, made


@contextlib.contextmanager
def apis(data: Path, apart_s: int) -> Iterator[list[Api]]:
    """Run the api processes."""
    started = [Api(data, clock_s, number) for number, clock_s in enumerate((0, apart_s, -apart_s)[:PROCESSES])]
    try:
        yield started
    finally:
        for api in started:
            api.kill()


def measure(each_minute: int, minutes: int, apart_s: int, folder: Path) -> Outcome:
    """Have them fall due and the processes die; return what came of it."""
    settings = Settings(environment(), data=str(folder / "data"))
    ports = create_backends(settings)
    service = Service(ports, settings)
    with apis(folder / "data", apart_s) as running:
        for api in running:
            wait_for(lambda api=api: answers(f"{api.url}/healthz"))  # type: ignore[misc]
        user_id, made = make_pipelines(service, each_minute)
        watch = Watch(service, user_id)
        first_kill = min(map(moment_of, made)) + timedelta(minutes=1)
        begin = first_kill + timedelta(seconds=apart_s)
        end = begin + timedelta(minutes=minutes)
        dice, kills = random.Random(7), 0
        while (at := first_kill + timedelta(minutes=kills)) < end:
            watch.until(at + timedelta(seconds=dice.uniform(-1, 3)))
            running[kills % PROCESSES].kill()
            running[kills % PROCESSES].start()
            kills += 1
        watch.until(end + timedelta(seconds=SETTLING_S))
        watch.look()
    followed = watch.followed()
    ports.close()
    turns = [timedelta(minutes=EVERY_MINUTES * turn) for turn in range((kills + minutes) // EVERY_MINUTES + 2)]
    due = [(id, moment_of(first) + turn) for first, ids in made.items() for id in ids for turn in turns]
    expected = {(id, f"t{utc_minute(at)}Z"): at for id, at in due if begin <= at < end}
    return Outcome(
        due=len(expected),
        extra=len([each for each in followed if each not in expected and begin <= moment_of(each[1][1:-1]) < end]),
        late_s=sorted((watch.seen[each] - at).total_seconds() for each, at in expected.items() if each in followed),
        kills=kills,
    )


def main() -> int:
    """Measure, print a sentence, and with --write put it into the page's section; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipelines", type=int, default=100, help="that fall due each minute")
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--clocks-apart-s", type=int, default=0, help="how far one clock is fast and another is slow")
    parser.add_argument("--keep", type=Path, help="folder for the data and the logs of the processes")
    parser.add_argument("--write", type=Path, help="page to put the sentence into")
    chosen = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nobrains-schedules-")))
        folder.mkdir(exist_ok=True)
        outcome = measure(chosen.pipelines, chosen.minutes, chosen.clocks_apart_s, folder)
    text = f"Measured on {provenance()}: {outcome.words(chosen.clocks_apart_s)}"
    print(text)
    if chosen.write:
        put_section(chosen.write, f"schedules-{chosen.clocks_apart_s}", text)
    return 0 if outcome.is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
