"""Several objects as one file: text tables with equal headers, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from backends.fetch.http_source import damaged
from core.errors import FetchFailed, TooLarge
from core.storage.compression import unpack
from core.storage.streams import peek
from csvfile.formats import GZIP, JSON_LINES, detect_format

HEAD_BYTES = 1 << 16
MAX_HEADER_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def join(objects: Iterator[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """Yield the tables under one another, with the header of the first alone. Raises FetchFailed.

    Args:
        objects: names and bytes; the bytes of one are read before the next one is asked for.
    """
    first_name, header, kind = "", b"", ""
    for name, chunks in objects:
        head, chunks = peek(_plain(name, chunks), HEAD_BYTES)
        if not head.strip():
            continue
        kind, before = _kind(name, head), kind
        if before and kind != before:
            raise FetchFailed(
                "HEADERS_DIFFER", f"{name} is {kind}, and {first_name} is {before}.", "Take files of one format only."
            )
        if kind != JSON_LINES:
            own, chunks = _split_header(name, chunks)
            if not first_name:
                header = own
                yield own + b"\n"
            elif own != header:
                raise FetchFailed(
                    "HEADERS_DIFFER", f"The header of {name} is not that of {first_name}.",
                    "Take files with the same columns in the same order, or a source for each.",
                )  # fmt: skip
        first_name = first_name or name
        yield from _ended(chunks)


def _plain(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    head, chunks = peek(chunks, 2)
    if detect_format(head) != GZIP:
        yield from chunks
        return
    try:
        yield from unpack(chunks, GZIP, lambda reason, _: damaged(reason, f"gzip, {name},"))
    except TooLarge as exc:
        raise FetchFailed(exc.reason, f"{name}: {exc.detail}", "Keep it unpacked.") from exc


def _kind(name: str, head: bytes) -> str:
    found = detect_format(head) or "csv"
    if found not in ("csv", JSON_LINES) or head.startswith(_UTF16):
        raise FetchFailed(
            "SEVERAL_FILES", f"{name} is no CSV in UTF-8 and no JSON lines: several of its kind make no one file.",
            "Name one file, or make a source for each.",
        )  # fmt: skip
    return found


def _split_header(name: str, chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first line, without its end and a byte order mark, and what comes behind it."""
    head = b""
    for chunk in chunks:
        head += chunk
        end = _end_of_line(head)
        if end is not None:
            return head[:end].removeprefix(BOM).rstrip(b"\r"), chain([head[end + 1 :]], chunks)
        if len(head) > MAX_HEADER_BYTES:
            raise FetchFailed("HEADERS_DIFFER", f"{name} has no header in its first MiB.", "Name CSV files.")
    return head.removeprefix(BOM).rstrip(b"\r"), iter(())


def _end_of_line(head: bytes) -> int | None:
    """Return where the first line ends, outside of quotes; None if it does not end here."""
    at = head.find(b"\n")
    while at >= 0:
        if head.count(b'"', 0, at) % 2 == 0:
            return at
        at = head.find(b"\n", at + 1)
    return None


def _ended(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes, and a line's end where the last line has none."""
    last = b""
    for chunk in chunks:
        if chunk:
            last = chunk[-1:]
            yield chunk
    if last not in (b"", b"\n"):
        yield b"\n"
