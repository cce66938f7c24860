from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.errors import Unavailable
from core.settings import Settings
from tests.unit.backends.conftest import ROOT, StartPython

OPEN = """
import os
from backends.factory import create_backends
from core.settings import Settings
ports = create_backends(Settings(os.environ, data=__import__("sys").argv[1]))
ports.tables.put("a#1", b"1")
ports.close()
print("opened")
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings({}, data=str(tmp_path / "deep" / "data"))


def test_everything_is_made_the_first_time_and_found_the_second(settings: Settings) -> None:
    ports = create_backends(settings)
    ports.tables.put("job#1", b"1")
    ports.blobs.write("u1/m1", [b"x"])
    ports.queue.publish("train", b"1")
    ports.close()
    again = create_backends(settings)
    assert again.tables.get("job#1") == b"1"
    assert b"".join(again.blobs.read("u1/m1")) == b"x"
    assert again.queue.depth("train") == 1
    for port in (again.tables, again.blobs, again.queue):
        port.ping()
    again.close()


def test_folder_is_for_its_owner_alone(settings: Settings) -> None:
    create_backends(settings).close()
    assert stat.S_IMODE(settings.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("lost", ["tables.db", "blobs", "queue.db"])
def test_lost_part_is_never_made_anew(settings: Settings, lost: str) -> None:
    create_backends(settings).close()
    path = settings.folder / lost
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    for _ in range(2):
        with pytest.raises(Unavailable, match=lost):
            create_backends(settings)


def test_half_made_part_is_finished(settings: Settings) -> None:
    create_backends(settings).close()
    shutil.rmtree(settings.folder / "blobs" / "incoming")
    (settings.folder / ".blobs-made").unlink()
    ports = create_backends(settings)
    ports.blobs.write("u1/m1", [b"x"])
    ports.close()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file"):
        create_backends(Settings({}, data=str(tmp_path / "file" / "data")))


def test_processes_may_open_at_the_same_time(settings: Settings, start_python: StartPython) -> None:
    processes = [start_python(OPEN, settings.folder) for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == ["opened\n"] * 4


def test_importing_it_loads_no_adapter() -> None:
    script = "import sys, backends.factory; print([name for name in sys.modules if 'sqlite' in name])"
    printed = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)
    assert printed == "[]\n"
