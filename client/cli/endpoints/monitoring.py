"""Offer the command about how an endpoint is: monitor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...client import Client
from ...display.formatting import cell
from ...display.terminal import command, console, make_table, program, show_json
from ...types.endpoints.monitoring import Monitor, Window
from ..datasets import JsonOption
from .endpoints import EndpointArgument

if TYPE_CHECKING:
    from rich.table import Table

# Columns of a window that are shown.
MAX_COLUMNS = 10
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@command
def monitor(
    endpoint: EndpointArgument,
    check: Annotated[
        str | None, typer.Option(help="Work out the time up to now, such as 24h or 7d, and show what is found.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Windows that are shown.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Show how an endpoint is: its health, open alarms, and the last windows of its requests.

    For example:

    nobrains monitor income

    nobrains monitor income --check 24h
    """
    with Client() as client:
        calls = client.endpoint(endpoint)
        if check is not None:
            end = datetime.now(UTC)
            window = calls.check_window(end - _length(check), end)
            if as_json:
                show_json(window.raw)
            else:
                _show_window(window)
            return
        found = calls.monitor()
        windows = list(islice(calls.windows(), limit))
    if as_json:
        show_json({"monitor": found.raw, "windows": [window.raw for window in windows]})
        return
    _show(found, endpoint, windows)


def _length(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if found is None:
        raise typer.BadParameter("Write a length of time such as 30m, 24h or 7d.", param_hint="--check")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _show(found: Monitor, endpoint: str, windows: list[Window]) -> None:
    out = console()
    every = f"windows of {found.settings.get('window')}, one each {found.settings.get('every')}"
    out.print(f"Endpoint {endpoint} is {found.health}: {every}.", style="bold", markup=False)
    for alarm in found.alarms:
        out.print(f"{alarm.kind}, since {cell(alarm.since)}: {cell(alarm.detail)}", style="red", markup=False)
    if windows:
        out.print(_window_table(windows))
    else:
        out.print(f"No window yet; the next look is at {cell(found.next_at)}.", markup=False)
    out.print(f"Next: {program()} monitor {endpoint} --check 24h", markup=False)


def _show_window(window: Window) -> None:
    out = console()
    times = f"{cell(window.start)} to {cell(window.to)}"
    out.print(f"{times}: {window.rows:,} requests, {window.labelled:,} labels.", style="bold", markup=False)
    if window.error:
        out.print(f"{window.error.get('detail')} {window.error.get('hint')}", style="red", markup=False)
    if window.why:
        out.print(cell(window.why), markup=False)
    for alarm in window.alarms:
        out.print(f"{alarm.get('kind')}: {alarm.get('detail')}", style="red", markup=False)
    if window.columns:
        out.print(_column_table(window.columns[:MAX_COLUMNS]))


def _window_table(windows: Iterable[Window]) -> Table:
    rows = (
        (
            window.to,
            window.rows,
            window.labelled,
            _share(window.inputs),
            _value(window, "estimated"),
            _value(window, "realised"),
            ", ".join(str(alarm.get("kind")) for alarm in window.alarms) or window.why or window.state,
        )
        for window in windows
    )
    return make_table(("until", "requests", "labels", "drift", "estimated", "realised", "found"), rows)


def _column_table(columns: Iterable[dict[str, Any]]) -> Table:
    rows = (
        (each.get("name"), each.get("type"), "yes" if each.get("drifted") else "", _rounded(each.get("effect")))
        for each in columns
    )
    return make_table(("column", "type", "drifted", "effect"), rows)


def _share(inputs: dict[str, Any] | None) -> str:
    share = (inputs or {}).get("weighted_share")
    return "" if share is None else f"{share:.0%}"


def _value(window: Window, name: str) -> str:
    found = (window.performance or {}).get(name) or {}
    return _rounded(found.get("value"))


def _rounded(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else ""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(monitor)
