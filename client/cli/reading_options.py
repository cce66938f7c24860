"""Offer the options of commands that read a CSV: how it is written, where that is not to be found out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

DelimiterOption = Annotated[
    str | None, typer.Option(help="Character between two cells; \\t is a tab. Found out if not given, as all of these.")
]
EncodingOption = Annotated[str | None, typer.Option(help="Encoding of the file, such as utf-8 or cp1251.")]
HeaderOption = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")
]
SkipRowsOption = Annotated[int | None, typer.Option(min=0, help="Number of lines above the table to leave out.")]
BadRowsOption = Annotated[
    str | None, typer.Option(help="Rows that cannot be read: refuse the file, skip them, or skip and report each.")
]


def reading_options(**given: Any) -> dict[str, Any]:
    """Return those options of reading a CSV that were given; a tab may be written as a shell lets it."""
    options = {name: value for name, value in given.items() if value is not None}
    if options.get("delimiter") in ("\\t", "tab"):
        options["delimiter"] = "\t"
    return options
