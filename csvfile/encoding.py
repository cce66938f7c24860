"""The encoding of a text file, detected in its first MiB."""

from __future__ import annotations

import codecs
import re

from csvfile.errors import CsvError, bad_encoding, nul_byte, unknown_encoding
from csvfile.lines import line_of

ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso-8859-2", "iso-8859-15", "cp437", "cp850",
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8-r", "mac-roman", "shift_jis", "cp932", "euc_jp",
    "gb18030", "big5", "euc_kr",
)  # fmt: skip
"""What a user may name: those of files that spreadsheets and databases write."""

HEAD_BYTES = 1 << 20
"""Bytes of a file that are examined before it is stored."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAX_CONTROL_SHARE = 0.02


def decode_head(
    head: bytes, *, complete: bool, encoding: str | None, expected: str | None = None
) -> tuple[str, str, list[str]]:
    """Return the text, the encoding it has, and what its owner should know about the guess.

    A mark of UTF-8 or UTF-16 prevails over any word of the user's, and is left out; a character that the end of the
    head tears, too.

    Args:
        head: the first MiB of the file, or all of it.
        complete: whether `head` is the whole file.
        encoding: the user's word; None has it guessed.
        expected: the encoding of a file of the same origin, which a guess prefers.

    Raises:
        CsvError: NUL_BYTE, NOT_A_CSV (binary), BAD_ENCODING, UNKNOWN_ENCODING.
    """
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise CsvError("BAD_ENCODING", "The file is UTF-32.", "Save it as UTF-8.")
    if head.startswith(codecs.BOM_UTF8):
        encoding, head = "utf-8", head.removeprefix(codecs.BOM_UTF8)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    warnings: list[str] = []
    if encoding is None:
        encoding = _guess(head, complete, expected, warnings)
    elif encoding not in ENCODINGS:
        raise unknown_encoding(encoding, ENCODINGS)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head, complete)
    except UnicodeDecodeError as problem:
        raise _bad_byte(head, problem.start, encoding) from None
    if "\0" in text:
        raise nul_byte(line_of(text.encode(), text.encode().index(0)))
    if len(_CONTROL.findall(text[:65536])) > _MAX_CONTROL_SHARE * min(len(text), 65536):
        raise CsvError("NOT_A_CSV", "The file is binary data, not text.", "Export the data as CSV.")
    return text.removeprefix("\ufeff"), encoding, warnings


def _guess(head: bytes, complete: bool, expected: str | None, warnings: list[str]) -> str:
    if wide := _utf16(head[:4096]):
        return wide
    fits = expected in ENCODINGS and not str(expected).startswith("utf-") and _decodes(head, str(expected), complete)
    if fits and (head.isascii() or not _decodes(head, "utf-8", complete)):
        return str(expected)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, complete)
        return "utf-8"
    except UnicodeDecodeError as problem:
        # Text of an 8-bit encoding hardly ever looks like UTF-8: where most of it does, a few bytes are damaged.
        text = head.decode("utf-8", "replace")
        bad = text.count("\ufffd")
        if sum(character > "\x7f" for character in text) - bad > bad:
            raise _bad_byte(head, problem.start, "utf-8") from None
    try:
        head.decode("cp1252")
        guess = "cp1252"
    except UnicodeDecodeError:
        guess = "latin-1"
    warnings.append(f"The file is not UTF-8; it was read as {guess}. If characters look wrong, set the `encoding`.")
    return guess


def _decodes(head: bytes, encoding: str, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, complete)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(start: bytes) -> str | None:
    """Recognize UTF-16 without a mark: in text of the Latin script every other byte is zero."""
    half = max(1, len(start) // 2)
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _bad_byte(head: bytes, at: int, encoding: str) -> CsvError:
    return bad_encoding(line_of(head, at), head[at], encoding)
