"""A newcomer takes in a folder at a glance and a file in one sitting: neither grows without bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = (
    "api", "automl", "backends", "benchmarks", "client", "core", "csvfile", "examples", "nobrains", "requirements",
    "tests", "worker",
)  # fmt: skip
SOURCE = {".py", ".js", ".css", ".html"}
MAX_FILES_OF_A_FOLDER = 18
MAX_LINES_OF_A_FILE = 250


def sources() -> Iterator[Path]:
    """Every file of source code, tests included."""
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in SOURCE and path.is_file())


def test_no_folder_has_more_files_than_a_glance_takes_in() -> None:
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in sources())
    assert len(counts) > 50, "there is something to count"
    crowded = {folder: count for folder, count in counts.items() if count > MAX_FILES_OF_A_FOLDER}
    assert not crowded, f"split by meaning what has more than {MAX_FILES_OF_A_FOLDER} files: {crowded}"


def test_no_file_is_longer_than_one_idea() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_bytes().count(b"\n") for path in sources()}
    long = {path: lines for path, lines in lengths.items() if lines > MAX_LINES_OF_A_FILE}
    assert not long, f"split by meaning what has more than {MAX_LINES_OF_A_FILE} lines: {long}"
