from __future__ import annotations

import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.blobs.files import FOOTER, FileBlobs
from core.errors import BlobExists, BlobMissing, Corrupted, Unavailable
from tests.unit.backends.conftest import StartPython

MIB = 1024 * 1024

WRITE_FOREVER = """
import sys
from pathlib import Path
from backends.blobs.files import FileBlobs
def chunks():
    while True:
        yield b"x" * 1000
        print("written", flush=True)
        sys.stdin.readline()
FileBlobs(Path(sys.argv[1])).write("u1/m1", chunks())
"""

CREATE = """
import sys
from pathlib import Path
from backends.blobs.files import FileBlobs
from core.errors import BlobExists
blobs = FileBlobs(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(30):
    try:
        blobs.write(f"u1/m{number}", [sys.argv[2].encode()])
        print(1)
    except BlobExists:
        print(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FileBlobs.initialize(tmp_path / "blobs")
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> Iterator[FileBlobs]:
    blobs = FileBlobs(folder)
    yield blobs
    blobs.close()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "name",
    ["", "/", "/etc/passwd", "..", "../x", "u1/../../x", "u1/.", "u1//x", "u1/", ".hidden", "a\0b", "a\n"],
)
def test_names_that_are_no_names(blobs: FileBlobs, folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no blob name"):
        blobs.write(name, [b"x"])
    with pytest.raises(ValueError, match="no blob name"):
        blobs.read(name)
    with pytest.raises(ValueError, match="no blob name"):
        blobs.delete(name)
    assert files(folder.parent) == []


@pytest.mark.parametrize("name", ["a b", "C:\\x", "ü", "a%2fb", "x" * 201])
def test_names_of_other_characters_or_too_long(blobs: FileBlobs, name: str) -> None:
    with pytest.raises(ValueError, match="no blob name"):
        blobs.write(name, [b"x"])


def test_prefixes_do_not_leave_the_folder(blobs: FileBlobs) -> None:
    with pytest.raises(ValueError, match="no blob name"):
        list(blobs.names("../"))


def test_name_under_another_name_is_refused(blobs: FileBlobs) -> None:
    blobs.write("u1/a", [b"1"])
    blobs.write("u1/b/c", [b"2"])
    for name in ("u1/a/b", "u1/b"):
        for overwrite in (False, True):
            with pytest.raises(ValueError, match="folder of the other"):
                blobs.write(name, [b"x"], overwrite=overwrite)
    assert blobs.stat("u1/b") is None
    assert blobs.stat("u1/a/b") is None
    with pytest.raises(BlobMissing):
        blobs.read("u1/b")
    blobs.delete("u1/b")
    assert list(blobs.names("")) == ["u1/a", "u1/b/c"]


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, 3), (0, -1)])
def test_ranges_that_are_none(blobs: FileBlobs, start: int, end: int | None) -> None:
    blobs.write("u1/m1", [b"0123456789"])
    with pytest.raises(ValueError, match="range"):
        blobs.read("u1/m1", start, end)


def test_files_are_for_their_owner_alone(blobs: FileBlobs, folder: Path) -> None:
    blobs.write("u1/m1", [b"x"])
    assert stat.S_IMODE((folder / "objects/u1/m1").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_file_is_left_beside_the_blob(blobs: FileBlobs, folder: Path) -> None:
    blobs.write("u1/m1", [b"x"])
    with pytest.raises(BlobExists):
        blobs.write("u1/m1", [b"y"])
    blobs.write("u1/m1", [b"z"], overwrite=True)
    assert files(folder) == ["objects/u1/m1"]


def test_taken_name_is_told_before_the_chunks_are_read(blobs: FileBlobs) -> None:
    blobs.write("u1/m1", [b"x"])
    chunks = iter([b"y"])
    with pytest.raises(BlobExists):
        blobs.write("u1/m1", chunks)
    assert next(chunks) == b"y"


def test_name_taken_while_the_chunks_are_read(blobs: FileBlobs) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"slow"
        blobs.write("u1/m1", [b"quick"])

    with pytest.raises(BlobExists):
        blobs.write("u1/m1", chunks())
    assert b"".join(blobs.read("u1/m1")) == b"quick"


def test_emptied_folders_are_removed(blobs: FileBlobs, folder: Path) -> None:
    blobs.write("u1/a/b/c", [b"x"])
    blobs.write("u1/m1", [b"x"])
    blobs.delete("u1/a/b/c")
    assert [path.name for path in (folder / "objects/u1").iterdir()] == ["m1"]
    blobs.delete("u1/m1")
    assert list((folder / "objects").iterdir()) == []


@pytest.mark.parametrize("keep_bytes", [0, 1, FOOTER.size - 1, FOOTER.size, 100_000])
def test_blob_cut_short_is_found_at_once(blobs: FileBlobs, folder: Path, keep_bytes: int) -> None:
    blobs.write("u1/m1", [b"x" * 200_000])
    os.truncate(folder / "objects/u1/m1", keep_bytes)
    for call in (lambda: blobs.read("u1/m1"), lambda: blobs.read("u1/m1", 5, 9), lambda: blobs.stat("u1/m1")):
        with pytest.raises(Corrupted, match="u1/m1"):
            call()


def test_blob_cut_short_while_it_is_read(blobs: FileBlobs, folder: Path) -> None:
    blobs.write("u1/m1", [b"x" * 3 * MIB])
    chunks = blobs.read("u1/m1", 1)
    next(chunks)
    os.truncate(folder / "objects/u1/m1", MIB)
    with pytest.raises(Corrupted, match="cut short"):
        list(chunks)


def test_deleted_blob_is_read_to_its_end(blobs: FileBlobs) -> None:
    blobs.write("u1/m1", [b"x" * 3 * MIB])
    chunks = blobs.read("u1/m1")
    first = next(chunks)
    blobs.delete("u1/m1")
    assert first + b"".join(chunks) == b"x" * 3 * MIB


def test_killed_writer_leaves_nothing(folder: Path, start_python: StartPython) -> None:
    process = start_python(WRITE_FOREVER, folder)
    assert process.stdout is not None
    process.stdout.readline()
    before = files(folder)
    FileBlobs(folder).close()
    assert files(folder) == before  # it is still being written
    assert len(before) == 1
    process.kill()
    process.wait()
    blobs = FileBlobs(folder)
    assert files(folder) == []
    assert blobs.stat("u1/m1") is None
    blobs.close()


def test_one_process_creates_each_blob(blobs: FileBlobs, folder: Path, start_python: StartPython) -> None:
    processes = [start_python(CREATE, folder, name) for name in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    wins = [process.communicate("go\n")[0].split() for process in processes]
    for number, won in enumerate(zip(*wins, strict=True)):
        assert sorted(won) == ["0", "1"]
        assert b"".join(blobs.read(f"u1/m{number}")) == b"%d" % won.index("1")


def test_disk_that_takes_no_more(blobs: FileBlobs, folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, hard))
    try:
        with pytest.raises(Unavailable, match="incoming"):
            blobs.write("u1/m1", [b"x" * MIB, b"y"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(folder) == []


@pytest.mark.parametrize("lost", ["", "objects"])
def test_wiped_folder_is_unavailable_not_empty(blobs: FileBlobs, folder: Path, lost: str) -> None:
    blobs.write("u1/m1", [b"x"])
    shutil.rmtree(folder / lost)
    for again in (False, True):
        if again:
            FileBlobs.initialize(folder)
        for call in (
            lambda: blobs.stat("u1/m1"),
            lambda: blobs.read("u1/m1"),
            lambda: list(blobs.names("")),
            lambda: blobs.write("u1/m2", [b"x"]),
            lambda: blobs.delete("u1/m1"),
            blobs.ping,
        ):
            with pytest.raises(Unavailable, match="deleted or replaced"):
                call()


def test_missing_folder_is_never_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="none"):
        FileBlobs(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
