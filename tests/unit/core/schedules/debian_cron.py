"""What Debian's own cron does on the days on which clocks change: run here, and kept in debian_cron.json.

`python -m tests.unit.core.schedules.debian_cron PATH_OF_CRON` writes the table anew. The program need not be installed:
`apt-get download cron && dpkg -x cron_*.deb FOLDER` is enough. A shim lets its time pass by itself; see cron_shim.c.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
TABLE = HERE / "debian_cron.json"
YEAR = 2025
"""A year that is over: no parliament changes its clocks any more."""
ZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Athens", "Atlantic/Azores", "America/New_York",
    "America/Los_Angeles", "America/St_Johns", "America/Havana", "America/Santiago", "America/Nuuk", "Africa/Cairo",
    "Africa/Casablanca", "Asia/Jerusalem", "Asia/Beirut", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland", "Pacific/Chatham", "Antarctica/Troll",
)  # fmt: skip
EXPRESSIONS = (
    "30 2 * * *", "0 0 * * *", "30 0 * * *", "45 1 * * *", "0 1 * * *", "0 2 * * *", "15 3 * * *", "0 3 * * SUN",
    "30 23 * * *", "20 2 * * SUN,FRI", "0 0-23 * * *", "0,30 1-3 * * *", "45 1-23/2 * * *", "0-59/20 2 * * *",
    "*/15 2 * * *", "*/20 0,1 * * *", "0 */2 * * *", "30 */3 * * *", "15 * * * *", "@hourly", "@daily",
)  # fmt: skip
BEFORE, AFTER = timedelta(hours=4), timedelta(hours=25)
_RUN = re.compile(r"(\d+) \(\w+\) CMD \(job\)")


def changes(zone: str) -> Iterator[datetime]:
    """Yield the moments at which clocks are changed, in UTC."""
    at = datetime(YEAR, 1, 1, tzinfo=UTC)
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    while at.year == YEAR:
        at += timedelta(minutes=30)
        if (now := at.astimezone(ZoneInfo(zone)).utcoffset()) != offset:
            yield at
            offset = now


def build_shim(folder: Path) -> Path:
    """Compile the shim."""
    made = folder / "cron_shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, HERE / "cron_shim.c", "-ldl"], check=True)
    return made


def runs_of(cron: Path, shim: Path, zone: str, change: datetime) -> dict[str, list[int]]:
    """Return when Debian's cron runs each expression around a change, in minutes after it.

    Each has a cron of its own: after runs that it makes up for it rests for ten seconds, so that many of them take it
    more than the minute.
    """
    return {each: _runs(cron, shim, zone, change, each) for each in EXPRESSIONS}


def _runs(cron: Path, shim: Path, zone: str, change: datetime, expression: str) -> list[int]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for each in ("var/spool/cron/crontabs", "etc/cron.d", "var/run", "run"):
            (root / each).mkdir(parents=True)
        crontab = root / "var/spool/cron/crontabs/root"
        crontab.write_text(f"{expression} job\n")
        crontab.chmod(0o600)
        log = root / "log"
        environment = {
            "TZ": zone, "LD_PRELOAD": str(shim), "CRON_ROOT": folder, "CRON_LOG": str(log),
            "CRON_BEGIN": str(int((change - BEFORE).timestamp()) - 90),
            "CRON_END": str(int((change + AFTER).timestamp()) + 30),
        }  # fmt: skip
        subprocess.run([cron, "-f", "-L", "1"], env={**os.environ, **environment}, check=True, timeout=60)
        return sorted({(int(at) - int(change.timestamp())) // 60 for at in _RUN.findall(log.read_text())})


def main(cron: Path) -> None:
    """Write the table."""
    with tempfile.TemporaryDirectory() as folder:
        shim = build_shim(Path(folder))
        lines = []
        for zone in ZONES:
            for change in changes(zone):
                found = {"zone": zone, "change": change.isoformat(), "runs": runs_of(cron, shim, zone, change)}
                lines.append(json.dumps(found, separators=(",", ":")))
        TABLE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
