"""Models that hang whoever loads them: their files are pipes that nobody writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def hanging(data: Path, model_id: str) -> Iterator[None]:
    """Have every reading of the model's files wait, in each process over the folder, until the block ends."""
    paths = [path for path in data.rglob("*") if model_id in path.as_posix() and path.is_file()]
    assert paths, f"the model {model_id} has no file below {data}"
    with TemporaryDirectory(dir=data.parent) as folder, ExitStack() as ends:
        for number, path in enumerate(paths):
            aside = Path(folder, str(number))
            path.rename(aside)
            os.mkfifo(path)
            ends.callback(_go_on, path, aside)
        yield


def _go_on(path: Path, aside: Path) -> None:
    """Put a file back; whoever waits for the pipe sees its end."""
    pipe = os.open(path, os.O_RDWR)
    aside.replace(path)
    os.close(pipe)
