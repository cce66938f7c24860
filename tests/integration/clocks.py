"""A wall clock that a test sets, for the processes that are started under it.

libfaketime would do the like, but has CPython's `time.sleep` fail when it leaves monotonic clocks alone.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.emulators.debian import install

SOURCE = Path(__file__).with_name("wallclock.c")


class WallClock:
    """A file that says how far the wall clock is off. Monotonic clocks go on as they are, as when a clock is set.

    Args:
        folder: for the file and the library that reads it.
    """

    def __init__(self, folder: Path) -> None:
        if shutil.which("cc") is None:
            install("gcc")
        if shutil.which("cc") is None:
            pytest.skip("there is no C compiler here, and none could be installed: apt-get install gcc")
        self.file, library = folder / "off-s", folder / "wallclock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)], check=True)
        self.set(0)
        self.environ = {"LD_PRELOAD": str(library), "WALL_CLOCK": str(self.file)}

    def set(self, off_s: int) -> None:
        """From now on it is off by so many seconds."""
        written = self.file.with_suffix(".new")
        written.write_text(str(off_s))
        written.replace(self.file)
