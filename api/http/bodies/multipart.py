"""A multipart/form-data body, read as it comes in: a single file, or a form of files and fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import NEED_DATA, Data, Epilogue, Event, Field, File, MultipartDecoder

from core.errors import Invalid, TooLarge
from core.strict_json import Malformed

PART = "file"
MAX_HEADER_BYTES = 256 * 1024
"""Maximum bytes of everything but a part's content, with room for one chunk of it."""


def open_part(chunks: Iterable[bytes], boundary: str) -> tuple[str | None, Iterator[bytes]]:
    """Return the file name and the content of the one part, `file`.

    Reading the content to its end checks that the body was whole and held nothing else.

    Raises:
        Malformed: TRUNCATED_BODY, MALFORMED_MULTIPART.
        Invalid: FILE_MISSING, UNKNOWN_PART.
        TooLarge: HEADERS_TOO_LARGE.
    """
    if not 1 <= len(boundary) <= 200:
        raise Malformed("MALFORMED_MULTIPART", "The Content-Type names no boundary.")
    events = _events(chunks, boundary)
    for event in events:
        if isinstance(event, File | Field):
            _check_name(event)
            return (event.filename if isinstance(event, File) else None), _content(events)
    raise Invalid(
        "FILE_MISSING", f"The body has no part named {PART!r}. Send the CSV as that part.",
        [{"field": PART, "detail": "missing"}],
    )  # fmt: skip


def read_form(
    chunks: Iterable[bytes], boundary: str, files: Mapping[str, IO[bytes]], fields: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, str | None]]:
    """Write the parts that are files, and return (texts of the fields, file names of the files).

    Args:
        chunks: of the body.
        boundary: between its parts.
        files: where each file is written.
        fields: the maximum number of bytes of each field.

    Raises:
        Malformed: TRUNCATED_BODY, MALFORMED_MULTIPART.
        Invalid: UNKNOWN_PART; VALIDATION_FAILED, of a field that is no text.
        TooLarge: HEADERS_TOO_LARGE, TOO_LARGE.
    """
    if not 1 <= len(boundary) <= 200:
        raise Malformed("MALFORMED_MULTIPART", "The Content-Type names no boundary.")
    texts: dict[str, bytearray] = {}
    names: dict[str, str | None] = {}
    part = ""
    for event in _events(chunks, boundary):
        if isinstance(event, File | Field):
            part = str(event.name)[:100]
            if (part not in files and part not in fields) or part in texts or part in names:
                known = ", ".join(sorted({*files, *fields}))
                raise Invalid(
                    "UNKNOWN_PART", f"The part {part!r} is not known, or there twice. Known: {known}.",
                    [{"field": part, "detail": "Unknown part."}],
                )  # fmt: skip
            if part in files:
                names[part] = event.filename if isinstance(event, File) else None
            else:
                texts[part] = bytearray()
        elif isinstance(event, Data) and event.data:
            if part in files:
                files[part].write(event.data)
            else:
                texts[part] += event.data
                if len(texts[part]) > fields[part]:
                    raise TooLarge("TOO_LARGE", f"The part {part!r} is larger than {fields[part]:,} bytes.")
    return {name: _text(name, value) for name, value in texts.items()}, names


def _text(name: str, value: bytearray) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as exc:
        raise Invalid(
            "VALIDATION_FAILED",
            f"{name}: Must be text in UTF-8.",
            [{"field": name, "detail": "Must be text in UTF-8."}],
        ) from exc


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, File | Field):
            _check_name(event)
            raise Invalid("UNKNOWN_PART", f"There are several parts named {PART!r}. Send only one.", [{"field": PART}])
        if isinstance(event, Data) and event.data:
            yield event.data


def _check_name(event: File | Field) -> None:
    name = str(event.name)[:100]
    if name != PART:
        raise Invalid(
            "UNKNOWN_PART", f"The part {name!r} is not known: send the CSV as the only part, {PART!r}.",
            [{"field": name, "detail": "Unknown part.", "hint": f"Name it {PART!r}, or leave it out."}],
        )  # fmt: skip


def _events(chunks: Iterable[bytes], boundary: str) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), MAX_HEADER_BYTES)
    for chunk in chain(chunks, [None]):
        with _as_request_errors(decoder):
            decoder.receive_data(chunk)
            event = decoder.next_event()
        while event is not NEED_DATA:
            yield event
            if isinstance(event, Epilogue):
                return
            with _as_request_errors(decoder):
                event = decoder.next_event()


@contextmanager
def _as_request_errors(decoder: MultipartDecoder) -> Iterator[None]:
    try:
        yield
    except RequestEntityTooLarge as exc:
        raise TooLarge("HEADERS_TOO_LARGE", "The multipart headers are too large.") from exc
    except ValueError as exc:
        if decoder.complete:
            detail = "The body is incomplete: the last boundary is missing. Send all of it."
            raise Malformed("TRUNCATED_BODY", detail) from exc
        raise Malformed("MALFORMED_MULTIPART", f"The multipart body is malformed: {exc}.") from exc
