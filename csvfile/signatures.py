"""What a file is that is no CSV, by how it begins: so that the error can name it and say how to mend it."""

from __future__ import annotations

import re

_UNPACK = "Decompress it and send the CSV inside (Content-Encoding: gzip is supported)."
_EXPORT = "Open it and save the sheet as CSV."
_TABLE = "Send a CSV: a header line, then one line per row."

# (how the file begins, what it is, how to mend it), from the formats' own specifications.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip-compressed data (after decompression, if it was sent compressed)", _UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\0", "an xz file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office document", _EXPORT),
    (b"PAR1", "a Parquet file", "Convert it to CSV, for example with pandas: read_parquet, then to_csv."),
    (b"ARROW1", "an Arrow file", "Convert it to CSV, for example with pandas: read_feather, then to_csv."),
    (b"SQLite format 3\0", "an SQLite database", "Export the data as CSV."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Export the data as CSV."),
    (b"\x80\x04\x95", "a Python pickle", "Write the data with to_csv; pickles are never loaded here."),
    (b"\x80\x05\x95", "a Python pickle", "Write the data with to_csv; pickles are never loaded here."),
    (b"%PDF-", "a PDF document", "Export its data as CSV."),
    (b"{\\rtf", "a rich-text document", _TABLE),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", _TABLE),
    (b"\xff\xd8\xff", "a JPEG image", _TABLE),
    (b"GIF8", "a GIF image", _TABLE),
    (b"\x7fELF", "a program", _TABLE),
)

_HTML = re.compile(rb"\s*<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)
_JSON = re.compile(rb'\s*(\{\s*"[^"\r\n]*"\s*:|\[\s*(\{\s*"|\[))')

_UTF8_MARK = b"\xef\xbb\xbf"


def detect_file_type(head: bytes) -> tuple[str, str] | None:
    """Return (what the file is, how to mend it) of a file that is no CSV; None of one that may be one."""
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    for start, what, fix in _SIGNATURES:
        if head.startswith(start):
            return what, fix
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    text = head[:4096].removeprefix(_UTF8_MARK)
    if _HTML.match(text):
        return "a web page (HTML)", "Download the file itself, not the page that shows it or asks to sign in."
    if _XML.match(text):
        return "an XML document", "Convert it to CSV."
    if _JSON.match(text):
        return "JSON", "Write one object a line (JSON lines), or convert it to CSV, for example with pandas."
    return None


def _zip(head: bytes) -> tuple[str, str]:
    if b"xl/" in head or b"[Content_Types].xml" in head[:200]:
        return "an Excel workbook (xlsx)", _EXPORT
    if head[30:].startswith(b"mimetypeapplication/vnd.oasis"):
        return "an OpenDocument file", _EXPORT
    return "a ZIP archive", _UNPACK
