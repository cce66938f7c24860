"""Options that say how columns are read, shared by commands."""

from __future__ import annotations

from typing import Annotated

import typer

FIELDS = {"type": "type", "decimal-sign": "decimal_sign", "date-order": "date_order", "unit": "unit"}

TypeOption = Annotated[list[str] | None, typer.Option("--type", metavar="COLUMN=TYPE", help="What a column holds.")]
SignOption = Annotated[
    list[str] | None, typer.Option("--decimal-sign", metavar="COLUMN=SIGN", help="Decimal sign: . or ,")
]
OrderOption = Annotated[
    list[str] | None,
    typer.Option("--date-order", metavar="COLUMN=ORDER", help="month_first, day_first or year_first."),
]
UnitOption = Annotated[
    list[str] | None, typer.Option("--unit", metavar="COLUMN=UNIT", help="Such as kg; h:mm or m:ss of times.")
]


def parse_corrections(*given: list[str] | None) -> dict[str, dict[str, str | None]]:
    """Return column -> {field: value} of the options, in the order of `FIELDS`."""
    columns: dict[str, dict[str, str | None]] = {}
    for (option, field), texts in zip(FIELDS.items(), given, strict=True):
        for text in texts or ():
            name, equals, value = text.rpartition("=")
            if not equals or not name:
                raise typer.BadParameter(f"--{option} needs COLUMN=VALUE, not {text!r}.")
            columns.setdefault(name, {})[field] = value or None
    return columns
