from __future__ import annotations

import os
from pathlib import Path

from backends.file_lock import HeldLock, is_held, remove_abandoned
from tests.unit.backends.conftest import StartPython

HOLD = """
import sys, time
from pathlib import Path
from backends.file_lock import HeldLock
lock = HeldLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_lock_is_held_until_it_is_discarded(tmp_path: Path) -> None:
    lock = HeldLock(tmp_path / "a")
    assert is_held(tmp_path / "a")
    lock.discard()
    assert not is_held(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_file_that_nobody_locked_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert not is_held(tmp_path / "a")


def test_killed_process_holds_nothing(tmp_path: Path, start_python: StartPython) -> None:
    process = start_python(HOLD, tmp_path / "a")
    assert process.stdout is not None
    process.stdout.readline()
    assert is_held(tmp_path / "a")
    process.kill()
    process.wait()
    assert not is_held(tmp_path / "a")


def test_only_abandoned_files_are_removed(tmp_path: Path) -> None:
    lock = HeldLock(tmp_path / "held")
    (tmp_path / "abandoned").touch()
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["held"]
    lock.discard()


def test_forked_child_does_not_keep_its_parents_lock(tmp_path: Path, start_python: StartPython) -> None:
    # The parent dies at once; the child says who holds the lock and lives on until its input ends.
    script = """
import os, signal, sys
from pathlib import Path
from backends.file_lock import HeldLock
lock = HeldLock(Path(sys.argv[1]))
if os.fork():
    os.kill(os.getpid(), signal.SIGKILL)
print("child lives", flush=True)
sys.stdin.read()
"""
    process = start_python(script, tmp_path / "a")
    assert process.stdout is not None
    assert process.stdout.readline() == "child lives\n"
    process.wait()
    assert not is_held(tmp_path / "a")


def test_lock_leaves_no_descriptor_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        HeldLock(tmp_path / "a").discard()
        is_held(tmp_path / "a")
        remove_abandoned(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before
