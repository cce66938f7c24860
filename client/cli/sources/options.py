"""Options that describe a source, alike for the commands that make and change one, and what they say in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

QueryOption = Annotated[str | None, typer.Option(help="SELECT …, of a database; or @FILE that holds it.")]
UserOption = Annotated[str | None, typer.Option(help="User of a database.")]
PasswordOption = Annotated[str | None, typer.Option(help="Name of the secret that is the password.")]
CursorOption = Annotated[str | None, typer.Option(help="Column by which only further rows are fetched.")]
CursorInitialOption = Annotated[str | None, typer.Option(help="What :cursor is at first.")]
CredentialsOption = Annotated[str | None, typer.Option(help="Name of the secret that opens a bucket, or ambient.")]
WindowOption = Annotated[str | None, typer.Option(help="Of its requests: back from now, such as 90d.")]
FormatOption = Annotated[str | None, typer.Option(help="auto, csv, jsonl, parquet or xlsx.")]
SheetOption = Annotated[str | None, typer.Option(help="Sheet of a workbook.")]
KeyOption = Annotated[list[str] | None, typer.Option(help="A column of the rows' key; may be repeated.")]
KeepOption = Annotated[int | None, typer.Option(help="Fetches whose datasets are kept.")]
MaxAgeOption = Annotated[float | None, typer.Option(help="Seconds after which data are too old for a job.")]


def opened_by(password: str | None, credentials: str | None) -> dict[str, Any]:
    """Return what opens a source: names of secrets, or the surroundings of whoever fetches it."""
    return {
        "password": _secret(password),
        "credentials": credentials if credentials == "ambient" else _secret(credentials),
    }


def header_of(text: str) -> tuple[str, str | dict[str, str]]:
    """Return the name and the value of NAME=VALUE or NAME=@SECRET."""
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="--header")
    return name, {"secret": value[1:]} if value.startswith("@") else value


def text_of(text: str | None) -> str | None:
    """Return a text, or what the file holds that @FILE names."""
    return Path(text[1:]).read_text(encoding="utf-8") if text and text.startswith("@") else text


def number_or_text(text: str | None) -> Any:
    """Return the number that a text is, else the text."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text


def _secret(name: str | None) -> dict[str, str] | None:
    return None if name is None else {"secret": name}
