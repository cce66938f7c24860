"""The lines of a text file, each with its own end (LF, CRLF or CR), and their numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from csvfile.errors import bad_encoding, line_too_long, nul_byte

MAX_LINE_CHARACTERS = 16 << 20

_BUFFER_BYTES = 1 << 16


def line_of(data: bytes, at: int) -> int:
    """Count the line on which a byte stands, from 1."""
    before = data[:at]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def iterate_lines(data: bytes, start: int) -> Iterator[str]:
    """Yield the lines of UTF-8 from an offset on. Raises CsvError BAD_ENCODING."""
    raw = io.BytesIO(data)
    raw.seek(start)
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    try:
        yield from text
    except UnicodeDecodeError:
        # The position in there is one within a buffer: decode again for the one within the file.
        try:
            data.decode()
        except UnicodeDecodeError as problem:
            raise bad_encoding(line_of(data, problem.start), data[problem.start], problem.encoding) from None
        raise


def decode_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines of a file that comes in chunks cut anywhere, in bounded memory; without its byte order mark.

    Raises:
        CsvError: NUL_BYTE, BAD_ENCODING, LINE_TOO_LONG.
    """
    text = io.TextIOWrapper(io.BufferedReader(_ChunkFile(chunks), _BUFFER_BYTES), encoding=encoding, newline="")
    number = 1
    while line := _next_line(text, number):
        if number == 1:
            line = line.removeprefix("\ufeff")
        if len(line) == MAX_LINE_CHARACTERS:
            raise line_too_long(number)
        if "\0" in line:
            raise nul_byte(number)
        yield line
        number += 1


def _next_line(text: io.TextIOWrapper, number: int) -> str:
    try:
        return text.readline(MAX_LINE_CHARACTERS)
    except UnicodeDecodeError as problem:
        # It is decoded ahead of the line that is requested.
        byte = problem.object[problem.start]
        raise bad_encoding(number, byte, problem.encoding, exact=False) from None


class _ChunkFile(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
