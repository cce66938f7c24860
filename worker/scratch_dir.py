"""The folder in which a worker keeps its children's files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil


def create_scratch_dir() -> Path:
    """Make a folder for the folders of a worker's children. Folders of workers that are gone are removed."""
    root = Path(tempfile.gettempdir()) / f"nobrains-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    for left in root.iterdir():
        pid = left.name.partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=root))
