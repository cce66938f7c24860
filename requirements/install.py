"""Run `pip install` and show in one line how far it is.

    .venv/bin/python requirements/install.py --require-hashes -r requirements/demo.lock

pip and setuptools report every step, every location without the package, every habit that they will drop one day:
nothing that whoever installs can act on. It goes to `install.log` of the environment; its end is shown when pip fails.

pip unpacks one package after the other. A lock file with hashes names everything, so nothing must be resolved, and its
packages are shared out among as many pips as there are cores.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PINNED = re.compile(r"^[\w.-]+==.*?(?=^[\w.-]+==|\Z)", re.MULTILINE | re.DOTALL)
# pip begins a line with one of these for each package: to download it, to take it from a folder, or to leave it alone.
FOUND = ("Collecting ", "Processing ", "Requirement already satisfied: ")
SHOWN_LINES = 40
MAX_PIPS = 4


class Progress:
    """Show the state of one installation in one line of the terminal.

    Args:
        name: of what is installed.
        total: number of its packages; 0 if that is not known.
    """

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._found = name, total, 0
        self.show("…")

    def show(self, state: str, end: str = "") -> None:
        """Write over the line where somebody watches; only the last one counts in a file."""
        if sys.stdout.isatty():
            print(f"\r\033[K  {self._name}: {state}", end=end, flush=True)
        elif end:
            print(f"  {self._name}: {state}", flush=True)

    def read(self, line: str) -> None:
        """Take in a line that pip wrote."""
        if line.startswith(FOUND) and self._total:
            self._found += 1
            self.show(f"{min(self._found, self._total)} of {self._total} packages …")
        elif line.startswith("Installing collected packages"):
            self.show("unpacking …")


def share_out(arguments: list[str], folder: Path) -> list[list[str]]:
    """Return pip's arguments, once a process that may run beside the others.

    Args:
        arguments: of `pip install`. With `--require-hashes` and one file at the end they are shared out.
        folder: for the parts of the file.
    """
    if "--require-hashes" not in arguments:
        return [arguments]
    *options, lock = arguments
    pinned = PINNED.findall(Path(lock).read_text())
    n_parts = min(os.cpu_count() or 1, MAX_PIPS, len(pinned))
    if n_parts < 2:
        return [arguments]
    shares = []
    for i in range(n_parts):
        part = folder / f"install-{i}.txt"
        part.write_text("".join(pinned[i::n_parts]))
        shares.append(["--no-deps", *options, str(part)])
    return shares


def run_pip(arguments: list[str], log: Path, progress: Progress) -> int:
    """Run one pip, whose lines the log keeps; return its exit code."""
    command = [sys.executable, "-m", "pip", "install", *arguments]
    with (
        open(log, "w") as kept,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
    ):
        for line in process.stdout or ():
            kept.write(line)
            progress.read(line)
    return process.returncode


def main(arguments: list[str]) -> int:
    """Install; return pip's exit code."""
    file = Path(arguments[-1])
    is_list = file.suffix in {".lock", ".txt"}
    what = "this checkout" if arguments[-1] == "." else file.name
    log, began_at = Path(sys.prefix, "install.log"), time.monotonic()
    progress = Progress(what, len(PINNED.findall(file.read_text())) if is_list else 0)
    shares = share_out(arguments, log.parent)
    logs = [log.with_name(f"install-{i}.log") for i in range(len(shares))]
    with ThreadPoolExecutor(len(shares)) as pool:
        codes = list(pool.map(run_pip, shares, logs, [progress] * len(shares)))
    failed = next((i for i, code in enumerate(codes) if code), None)
    log.write_text("".join(each.read_text() for each in logs))
    if failed is not None:
        progress.show(f"pip failed; {log} has all that it said, which ends so:", "\n")
        print("".join(logs[failed].read_text().splitlines(keepends=True)[-SHOWN_LINES:]), file=sys.stderr)
        return codes[failed]
    for each in logs:
        each.unlink()
    progress.show(f"installed in {time.monotonic() - began_at:.0f} s", "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
