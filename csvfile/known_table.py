"""How a CSV is written whose columns are known: one to be predicted by a model, which knows its training file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from csv import Error
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from csvfile.delimiter import DELIMITERS, begins_with_blanks, guess_delimiter, separator_line
from csvfile.dialect import OPTIONS, REFUSE, Dialect, DialectOptions, valid_delimiter
from csvfile.errors import CsvError
from csvfile.names import column_names, numbered_names
from csvfile.rows import open_reader
from csvfile.sniffer import SniffResult, check, decode, sniff
from csvfile.table_bounds import MAX_TITLE_ROWS


@dataclass(frozen=True)
class KnownTable:
    """What a model knows of the files that it predicts.

    Attributes:
        columns: names that it uses.
        required: those of them that it needs.
        target: name that it predicts, which may be absent.
        dialect: of its training file; None if that was no CSV.
        width: number of columns of its training file.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    target: str = ""
    dialect: Dialect | None = None
    width: int = 0

    @staticmethod
    def from_summary(summary: Mapping[str, Any]) -> KnownTable:
        """Return what the summary of a model tells; one of before dialects were kept tells less."""
        features = summary.get("features", ())
        csv: Mapping[str, Any] = summary.get("csv") or {}
        options = {name: csv[name] for name in OPTIONS if name in csv}
        return KnownTable(
            tuple(feature["name"] for feature in features),
            tuple(feature["name"] for feature in features if feature["required"]),
            str(summary.get("target", "")),
            Dialect(**options) if options else None,
            int(csv.get("columns", 0)),
        )


def describe_csv(dialect: DialectOptions, width: int) -> dict[str, Any]:
    """Return what a model's summary keeps of its training file as `csv`, which `KnownTable.from_summary` reads."""
    return {**dialect, "columns": width}


def sniff_known(
    head: bytes, known: KnownTable, *, complete: bool, max_columns: int, given: DialectOptions | None = None
) -> SniffResult:
    """Find out how a file is written that should have the columns: at first as the known file, else by their names.

    The line that names the columns is its header, wherever it stands and whatever it looks like. Where none does, a
    file of a kind without a header has none.

    Args:
        head: the first MiB of the file, or all of it.
        known: what it should be like.
        complete: whether `head` is the whole file.
        max_columns: more are refused before they are parsed.
        given: the user's word, instead of a guess.

    Raises:
        CsvError: as `sniff`.
    """
    given = dict(given or {})
    expected = known.dialect.encoding if known.dialect else None
    text, encoding, warnings = decode(head, complete=complete, given=given, expected=expected)
    fitting = _by_names(text, known, given)
    if not fitting and known.dialect is not None and not given.get("header", known.dialect.header):
        fitting = [_without_header(text, known.dialect, known, given)]
    problem: CsvError | None = None
    for dialect in fitting:
        dialect = replace(dialect, encoding=encoding, bad_rows=given.get("bad_rows", REFUSE))
        dialect = replace(dialect, skip_footer=given.get("skip_footer", 0))
        options = {**given, "delimiter": dialect.delimiter, "header": dialect.header}
        try:
            result = check(text, dialect, complete=complete, max_columns=max_columns, given=options, warnings=warnings)
        except CsvError as error:
            problem = problem or error
            continue
        return result if dialect.header else replace(result, header=_positions(len(result.header), known))
    if problem is not None:
        raise problem
    return sniff(head, complete=complete, max_columns=max_columns, given={"encoding": encoding, **given})


def _by_names(text: str, known: KnownTable, given: DialectOptions) -> list[Dialect]:
    """Return the dialects in which a line names the most of the columns, the likeliest first."""
    if given.get("header") is False or not known.columns:
        return []
    wanted, needed = set(known.columns), set(known.required or known.columns)
    has_none = known.dialect is not None and not known.dialect.header
    found: list[tuple[int, Dialect]] = []
    for dialect in _candidates(text, known, given):
        for skip_rows, fields in _first_rows(text, dialect, given.get("skip_rows")):
            names = set(column_names(fields, []))
            # Further down, or where no header is expected, all must be there: a cell may be called like a column.
            if (needed <= names) if skip_rows or has_none else (wanted & names):
                found.append((len(wanted & names), replace(dialect, skip_rows=skip_rows)))
    most = max((count for count, _ in found), default=0)
    return [dialect for count, dialect in found if count == most]


def _candidates(text: str, known: KnownTable, given: DialectOptions) -> Iterator[Dialect]:
    if "delimiter" in given:
        delimiters = [valid_delimiter(given["delimiter"])]
    else:
        guess, own = guess_delimiter(text), known.dialect.delimiter if known.dialect else None
        is_cut = own is not None and own in text.split("\n", 1)[0]
        first = [separator_line(text), own if is_cut else None, guess, own, *DELIMITERS]
        delimiters = list(dict.fromkeys(each for each in first if each))
    habit = known.dialect is not None and known.dialect.skip_initial_space
    for delimiter in delimiters:
        blanks = habit or begins_with_blanks(text, delimiter)
        yield Dialect(delimiter, skip_initial_space=given.get("skip_initial_space", blanks))


def _first_rows(text: str, dialect: Dialect, skip_rows: int | None) -> Iterator[tuple[int, list[str]]]:
    """Yield (lines above it, its fields) of the first rows; only of the first if it is said where that is."""
    lines = io.StringIO(text, newline="")
    reader = open_reader(islice(lines, skip_rows or 0, None), dialect, strict=False)
    above = 0
    try:
        for fields in islice(reader, MAX_TITLE_ROWS + 1):
            if fields:
                yield (above if skip_rows is None else skip_rows), fields
                if skip_rows is not None:
                    return
            above = reader.line_num
    except Error:  # A field without end.
        return


def _without_header(text: str, own: Dialect, known: KnownTable, given: DialectOptions) -> Dialect:
    """Return the dialect of a file without a header."""
    skip_rows = given.get("skip_rows", 1 if separator_line(text) else 0)
    widths = (known.width, known.width - 1)
    for dialect in _candidates(text, known, given):
        _, fields = next(_first_rows(text, dialect, skip_rows), (0, []))
        if len(fields) in widths:
            return replace(dialect, header=False, skip_rows=skip_rows)
    return replace(
        own, header=False, skip_rows=skip_rows, skip_footer=0, delimiter=given.get("delimiter", own.delimiter)
    )


def _positions(width: int, known: KnownTable) -> list[str]:
    """Name the columns of a file without a header; where one is missing it is the target."""
    names = numbered_names(known.width)
    if width == known.width - 1 and known.target in names:
        return [name for name in names if name != known.target]
    return numbered_names(width)
