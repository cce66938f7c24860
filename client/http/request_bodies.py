"""Stream request bodies: files and data frames go out in small blocks, never whole in memory."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias, TypeGuard, cast

if TYPE_CHECKING:
    import pandas as pd

    Source: TypeAlias = str | Path | bytes | IO[bytes] | pd.DataFrame

# Function of (bytes sent, total bytes); the second is None for a stream of unknown length.
SendProgress: TypeAlias = Callable[[int, int | None], None]

GZIP_MAGIC = b"\x1f\x8b"
BLOCK_BYTES = 1 << 16


class Body:
    """Stream a binary file from its current position to its end, as requests wants a body.

    Attributes:
        can_rewind: Whether the file can be sent again.
        len: Size in bytes; None if it is unknown (the body is then sent in chunks, and only once).
        is_gzip: Whether the file begins as gzip does.
    """

    def __init__(self, file: IO[bytes], progress: SendProgress | None = None) -> None:
        """Read the file's first bytes and its size, if it can be rewound."""
        self._file = file
        self._progress = progress
        self._sent = 0
        self.can_rewind = file.seekable()
        self.len: int | None = None
        self.is_gzip = False
        if self.can_rewind:
            self._start = file.tell()
            self.is_gzip = file.read(2) == GZIP_MAGIC
            self.len = file.seek(0, io.SEEK_END) - self._start
            file.seek(self._start)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes (all of them if negative), and report how many were read so far."""
        block = self._file.read(size)
        self._sent += len(block)
        if block and self._progress is not None:
            self._progress(self._sent, self.len)
        return block

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file in blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def rewind(self) -> None:
        """Return to the first byte, for another try."""
        self._file.seek(self._start)
        self._sent = 0

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that say how to read the body."""
        return {"Content-Type": "text/csv", **({"Content-Encoding": "gzip"} if self.is_gzip else {})}


@contextmanager
def open_body(source: Source, progress: SendProgress | None = None, *, typed: bool = False) -> Iterator[Body]:
    """Yield the body of a path, bytes, an open binary file or a DataFrame.

    An open file is left open; a DataFrame is written to a temporary file without its index.

    Args:
        source: What to send.
        progress: Is told how much was sent.
        typed: Whether a DataFrame may go as Parquet, which keeps its types; else it goes as CSV.

    Raises:
        OSError: The path cannot be read.
        TypeError: `source` is none of these, or is open in text mode.
    """
    if isinstance(source, str | Path):
        with open(source, "rb") as file:
            yield Body(file, progress)
    elif is_dataframe(source):
        with tempfile.TemporaryFile() as file:
            if not (typed and _write_parquet(source, file)):
                source.to_csv(file, index=False, encoding="utf-8")
            file.seek(0)
            yield Body(file, progress)
    elif isinstance(source, bytes):
        yield Body(io.BytesIO(source), progress)
    elif hasattr(source, "read"):
        if isinstance(source, io.TextIOBase):
            raise TypeError("The file is open in text mode: open it with mode 'rb'.")
        yield Body(cast("IO[bytes]", source), progress)
    else:
        raise TypeError(f"Expected a path, bytes, a binary file or a DataFrame, got {type(source).__name__}.")


def _write_parquet(frame: pd.DataFrame, file: IO[bytes]) -> bool:
    """Write the frame as Parquet, and return whether that was possible: with pyarrow, and where columns have one type.

    Types that only pandas knows are left to the CSV, where they are text.
    """
    if any(type(dtype).__name__ in ("PeriodDtype", "IntervalDtype") for dtype in frame.dtypes):
        return False
    try:
        frame.rename(columns=str).to_parquet(file, index=False, engine="pyarrow")
    except (ImportError, ValueError, TypeError, NotImplementedError):
        file.seek(0)
        file.truncate()
        return False
    return True


def default_name(source: Source) -> str:
    """Return the name of a dataset for which the user gave none: the file's."""
    name = source if isinstance(source, str | Path) else getattr(source, "name", None)
    # A temporary file's `name` is a number.
    return Path(name).name if isinstance(name, str | Path) else "data.csv"


def is_dataframe(value: object) -> TypeGuard[pd.DataFrame]:
    """Return whether `value` is a pandas DataFrame, without importing pandas."""
    return type(value).__module__.split(".")[0] == "pandas" and type(value).__name__ == "DataFrame"
