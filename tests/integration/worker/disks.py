"""Small disks, to be filled to the last byte."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

MIB = 1024 * 1024


class SmallDisk:
    """A file system of its own in memory, mounted at `folder`."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={size_mib}m,mode=700"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this user may not mount a small disk: {done.stderr.strip()}")

    def fill(self) -> None:
        """Nothing more can be written."""
        with open(self.ballast, "ab", buffering=0) as file, suppress(OSError):
            while file.write(bytes(MIB)):
                pass

    def free(self) -> None:
        """There is room again."""
        self.ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def make_disk() -> Iterator[Callable[[Path, int], SmallDisk]]:
    """Makes small disks, and takes them away at the end of the test."""
    made: list[SmallDisk] = []

    def make(folder: Path, size_mib: int) -> SmallDisk:
        made.append(SmallDisk(folder, size_mib))
        return made[-1]

    yield make
    for disk in made:
        disk.close()
