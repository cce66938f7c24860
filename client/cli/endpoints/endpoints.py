"""Offer the commands about endpoints: endpoints, promote, traffic, lookup, rollback."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from ...client import Client
from ...display.endpoint_words import author_words, change_words, traffic_words
from ...display.formatting import cell
from ...display.terminal import command, console, make_table, program, show_json, show_list
from ...errors import Conflict
from ...resources.endpoints.endpoint import Endpoint
from ...types.endpoints.endpoints import CHAMPION, EndpointInfo, EndpointVersion
from ..datasets import JsonOption, LimitOption

if TYPE_CHECKING:
    from rich.table import Table

EndpointArgument = Annotated[str, typer.Argument(help="Name of the endpoint.", metavar="ENDPOINT")]
WhyOption = Annotated[str, typer.Option(help="Why; it stands in the log of changes.")]
# Number of versions and of changes that are shown of an endpoint.
MAX_VERSIONS = 10
MAX_CHANGES = 10


@command
def endpoints(
    endpoint: Annotated[str | None, typer.Argument(help="Show this one.", metavar="[ENDPOINT]")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List your endpoints; or show one: what it serves, its versions, its log of changes.

    For example:

    nobrains endpoints

    nobrains endpoints income
    """
    with Client() as client:
        if endpoint is None:
            show_list(client.endpoints(), as_json, _endpoint_table, limit)
        elif as_json:
            show_json(client.endpoint(endpoint).info().raw)
        else:
            _show(client.endpoint(endpoint))


@command
def promote(
    model: Annotated[str, typer.Argument(help="Id of the model.", metavar="MODEL")],
    endpoint: EndpointArgument,
    alias: Annotated[str, typer.Option(help="The alias that names it; champion is what is served.")] = CHAMPION,
    why: WhyOption = "",
    force_signature: Annotated[
        bool, typer.Option("--force-signature", help="Also if it reads or predicts something else than the last one.")
    ] = False,
) -> None:
    """Put a model into production: make it a version of an endpoint, and let an alias name it.

    The endpoint is made if there is none of this name; a model that is a version of it already is not registered again.

    For example:

    nobrains promote MODEL income

    nobrains promote MODEL income --alias challenger --why "trained on November"
    """
    with Client() as client:
        made = client.create_endpoint(endpoint, exist_ok=True)
        try:
            info = made.promote(model, alias, why=why, force_signature=force_signature)
        except Conflict as exc:
            if exc.reason == "SIGNATURE_DIFFERS":
                detail = f"{exc.detail} Promote it all the same with --force-signature."
                raise Conflict(exc.status, exc.reason, detail, exc.errors) from exc
            raise
    out = console()
    out.print(f"Version {info.aliases[alias]} of {info.name} is {alias}.", style="bold green", markup=False)
    out.print(f"Call it: POST {client.url}/api/v1/endpoints/{info.name}/predict", markup=False)
    version = "" if alias == CHAMPION else f" --version {alias}"
    out.print(f"Next: {program()} predict --endpoint {info.name}{version} FILE.csv", markup=False)


@command
def traffic(
    endpoint: EndpointArgument,
    split: Annotated[
        list[str] | None,
        typer.Option(help="Share of the requests of an alias; may be repeated.", metavar="ALIAS=SHARE"),
    ] = None,
    shadow: Annotated[
        list[str] | None, typer.Option(help="Alias that predicts along, unseen; may be repeated.", metavar="ALIAS")
    ] = None,
    sticky: Annotated[
        bool, typer.Option("--sticky", help="Decide by the caller's key of each row, not anew each time.")
    ] = False,
    why: WhyOption = "",
) -> None:
    """Share the requests out among aliases; what is not given is as if new, so without options champion gets all.

    For example:

    nobrains traffic income --split challenger=0.1 --shadow next

    nobrains traffic income
    """
    shares = dict(_share(text) for text in split or ())
    with Client() as client:
        info = client.endpoint(endpoint).traffic(
            shares, sticky="key" if sticky else "request", shadow=shadow or (), why=why
        )
    _print_state(info)


@command
def lookup(
    endpoint: EndpointArgument,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a source, and the columns that are its key, with commas between; may be repeated.",
            metavar="ID=COLUMN[,COLUMN]",
        ),
    ] = None,
) -> None:
    """Look columns up that a request lacks, by a key that it brings; without options nothing is looked up any more.

    For example:

    nobrains lookup risk --source 0g9k…=patient

    nobrains lookup risk
    """
    sources = dict(_key(text) for text in source or ())
    with Client() as client:
        info = client.endpoint(endpoint).lookup(sources)
    for each in info.lookup:
        by = each["by"] if isinstance(each["by"], str) else ", ".join(each["by"])
        console().print(f"{each['source_id']} by {by}: {each.get('state')}", markup=False)
    if not info.lookup:
        console().print(f"Endpoint {info.name} looks nothing up.", markup=False)


def _key(text: str) -> tuple[str, list[str]]:
    id, _, columns = text.partition("=")
    names = columns.split(",")
    if not id or not all(names):
        raise typer.BadParameter(f"{text!r} is no ID=COLUMN, such as 0g9k=patient.")
    return id, names


def _share(text: str) -> tuple[str, float]:
    alias, _, share = text.partition("=")
    try:
        return alias, float(share)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ALIAS=SHARE, such as challenger=0.1.") from None


@command
def rollback(
    endpoint: EndpointArgument,
    to: Annotated[int | None, typer.Option(help="Number of a change whose state to go back to instead.")] = None,
    why: WhyOption = "",
) -> None:
    """Undo the newest change of what an endpoint serves: aliases and traffic are again as they were before.

    For example:

    nobrains rollback income

    nobrains rollback income --to 4 --why "the new version is slower"
    """
    with Client() as client:
        info = client.endpoint(endpoint).rollback(to=to, why=why)
    _print_state(info)


def _show(endpoint: Endpoint) -> None:
    info = endpoint.info()
    versions = list(islice(endpoint.versions(), MAX_VERSIONS + 1))
    changes = list(islice(endpoint.changes(), MAX_CHANGES + 1))
    out = console()
    _print_state(info)
    if info.note:
        out.print(cell(info.note), markup=False)
    if versions:
        out.print(_version_table(versions[:MAX_VERSIONS], info))
    out.print("Changes, newest first:", style="bold")
    for change in changes[:MAX_CHANGES]:
        line = f"{change.seq:>4}  {cell(change.at)}  {change_words(change)}, by {author_words(change.by)}"
        out.print(line, markup=False)
    if len(changes) > MAX_CHANGES or len(versions) > MAX_VERSIONS:
        out.print("Older ones: client.endpoint(…).versions() and .changes() in Python.", style="dim", markup=False)
    if info.champion is None:
        out.print(f"Next: {program()} promote MODEL {info.name}", markup=False)
    else:
        out.print(f"Next: {program()} predict --endpoint {info.name} FILE.csv", markup=False)


def _print_state(info: EndpointInfo) -> None:
    served = "serves no version yet" if info.champion is None else f"serves version {info.champion}"
    health = f" ({info.health})" if info.health else ""
    console().print(f"Endpoint {info.name} {served}{health}.", style="bold", markup=False)
    if info.champion is not None:
        console().print(f"Traffic: {traffic_words(info.traffic, info.aliases)}.", markup=False)


def _endpoint_table(found: Iterable[EndpointInfo]) -> Table:
    rows = (
        (
            one.name,
            one.health,
            one.champion and f"version {one.champion}",
            ", ".join(f"{alias}: {version}" for alias, version in one.aliases.items() if alias != CHAMPION),
            one.newest_change and one.newest_change.at,
        )
        for one in found
    )
    return make_table(("endpoint", "health", "champion", "other aliases", "changed"), rows)


def _version_table(versions: Iterable[EndpointVersion], info: EndpointInfo) -> Table:
    rows = (
        (
            one.version,
            ", ".join(alias for alias, version in info.aliases.items() if version == one.version),
            one.model_id,
            one.created_at,
            one.note,
        )
        for one in versions
    )
    return make_table(("version", "aliases", "model", "registered", "note"), rows)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for function in (endpoints, promote, traffic, lookup, rollback):
        app.command()(function)
