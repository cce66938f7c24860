"""Run `pip install` and show in one line how far it is.

    .venv/bin/python requirements/install.py --require-hashes -r requirements/demo.lock

pip and setuptools report every step, every location without the package, every habit that they will drop one day:
nothing that whoever installs can act on. It goes to `install.log` of the environment; its end is shown when pip fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PINNED = re.compile(r"^[\w.-]+==", re.MULTILINE)
# pip begins a line with one of these for each package: to download it, to take it from a folder, or to leave it alone.
FOUND = ("Collecting ", "Processing ", "Requirement already satisfied: ")
SHOWN_LINES = 40


def count_pinned(arguments: list[str]) -> int:
    """Return how many packages the requirement files among pip's arguments pin."""
    files = [Path(each) for each in arguments if each.endswith((".lock", ".txt"))]
    return sum(len(PINNED.findall(file.read_text())) for file in files)


def follow(command: list[str], log: Path) -> Iterator[str]:
    """Run the command and yield its lines, which the log keeps. Raise CalledProcessError where it fails."""
    with (
        open(log, "w") as kept,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
    ):
        for line in process.stdout or ():
            kept.write(line)
            yield line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def main(arguments: list[str]) -> int:
    """Install; return pip's exit code."""
    what = "this checkout" if arguments[-1] == "." else Path(arguments[-1]).name
    total = count_pinned(arguments)
    log, began_at, found = Path(sys.prefix, "install.log"), time.monotonic(), 0

    def show(state: str, end: str = "") -> None:
        """Write over the line where somebody watches; only the last one counts in a file."""
        if sys.stdout.isatty():
            print(f"\r\033[K  {what}: {state}", end=end, flush=True)
        elif end:
            print(f"  {what}: {state}", flush=True)

    show("…")
    try:
        for line in follow([sys.executable, "-m", "pip", "install", *arguments], log):
            if line.startswith(FOUND) and total:
                found += 1
                show(f"{min(found, total)} of {total} packages …")
            elif line.startswith("Installing collected packages"):
                show("unpacking …")
    except subprocess.CalledProcessError as exc:
        show(f"pip failed; {log} has all that it said, which ends so:", "\n")
        print("".join(log.read_text().splitlines(keepends=True)[-SHOWN_LINES:]), file=sys.stderr)
        return exc.returncode
    show(f"installed in {time.monotonic() - began_at:.0f} s", "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
