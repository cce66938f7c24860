"""Offer the commands of administrators: `admin users`, `lock`, `quota`, `jobs`, `audit` and others."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ..client import Client
from ..display.terminal import command, console, make_table, show_json, show_list
from ..errors import NoBrainsError
from ..types.accounts import Account, AuditLine
from ..types.jobs import EveryJob
from .datasets import JsonOption, LimitOption
from .jobs import StateOption

if TYPE_CHECKING:
    from rich.table import Table

NameArgument = Annotated[str, typer.Argument(help="Username of the account.", metavar="USERNAME")]
PasswordOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
QuotaOption = Annotated[int | None, typer.Option(min=0)]

app = typer.Typer(help="For administrators: accounts, all jobs, the audit log.", no_args_is_help=True)


@app.command()
@command
def users(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List all accounts, newest first.

    Example: nobrains admin users
    """
    with Client() as client:
        show_list(client.admin.users(), as_json, _account_table, limit)


@app.command()
@command
def create(
    username: NameArgument,
    admin: Annotated[bool, typer.Option("--admin", help="Make it an administrator.")] = False,
    password_stdin: PasswordOption = False,
) -> None:
    """Create an account, even if sign-up is closed.

    Example: nobrains admin create grace
    """
    with Client() as client:
        made = client.admin.create_user(username, _password(password_stdin), "admin" if admin else "user")
    _report(made, "created")


@app.command()
@command
def lock(username: NameArgument) -> None:
    """Lock an account: refuse all its credentials. Its jobs continue.

    Example: nobrains admin lock mallory
    """
    with Client() as client:
        _report(client.admin.lock(_find(client, username)), "locked")


@app.command()
@command
def unlock(username: NameArgument) -> None:
    """Unlock an account: accept its credentials again.

    Example: nobrains admin unlock mallory
    """
    with Client() as client:
        _report(client.admin.unlock(_find(client, username)), "unlocked")


@app.command()
@command
def password(username: NameArgument, password_stdin: PasswordOption = False) -> None:
    """Set a new password; every token, session and key of the account is revoked.

    Example: nobrains admin password grace
    """
    with Client() as client:
        found = _find(client, username)
        client.admin.set_password(found, _password(password_stdin))
    _report(found, "given a new password")


@app.command()
@command
def role(
    username: NameArgument, role: Annotated[str, typer.Argument(help="`user` or `admin`.", metavar="ROLE")]
) -> None:
    """Change the role of an account.

    Example: nobrains admin role grace admin
    """
    with Client() as client:
        _report(client.admin.set_role(_find(client, username), role), f"in the role {role}")


@app.command()
@command
def quota(  # noqa: PLR0913 (public: one keyword an option)
    username: NameArgument,
    datasets: QuotaOption = None,
    bytes: QuotaOption = None,
    running_jobs: QuotaOption = None,
    queued_jobs: QuotaOption = None,
    streams: QuotaOption = None,
    endpoints: QuotaOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="Reset the quotas to the defaults first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show or change the quotas of an account.

    For example:

    nobrains admin quota grace

    nobrains admin quota grace --datasets 10 --running-jobs 1
    """
    given = {
        "datasets": datasets, "bytes": bytes, "running_jobs": running_jobs, "queued_jobs": queued_jobs,
        "streams": streams, "endpoints": endpoints,
    }  # fmt: skip
    changes = {name: limit for name, limit in given.items() if limit is not None}
    with Client() as client:
        found = _find(client, username)
        if changes or reset:
            found = client.admin.set_quotas(found, **{**({} if reset else found.own_quotas), **changes})
    if as_json:
        show_json(found.raw)
    else:
        rows = (
            (name, limit, "this account" if name in found.own_quotas else "default")
            for name, limit in found.quotas.items()
        )
        console().print(make_table(("quota", "limit", "set for"), rows))


@app.command()
@command
def jobs(
    state: StateOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List the jobs of all accounts, newest first.

    Example: nobrains admin jobs --state running
    """
    with Client() as client:
        show_list(client.admin.jobs(state), as_json, _job_table, limit)


@app.command()
@command
def audit(
    username: Annotated[str | None, typer.Option(help="Only actions of this account.")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """Show the audit log, newest first.

    Example: nobrains admin audit --username grace --limit 20
    """
    with Client() as client:
        actor = None if username is None else _find(client, username)
        show_list(client.admin.audit(actor), as_json, _audit_table, limit)


def _find(client: Client, username: str) -> Account:
    found = client.admin.named(username)
    if found is None:
        raise NoBrainsError(f"There is no account {username!r}: `nobrains admin users` lists them.")
    return found


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _report(account: Account, done: str) -> None:
    console().print(f"Account {account.username} ({account.id}) is {done}.", markup=False)


def _account_table(found: Iterable[Account]) -> Table:
    rows = ((one.id, one.username, one.role, "locked" if one.locked else "", one.created_at) for one in found)
    return make_table(("id", "username", "role", "", "created"), rows)


def _job_table(found: Iterable[EveryJob]) -> Table:
    rows = ((one.id, one.username or one.user_id, one.target, one.state, one.created_at) for one in found)
    return make_table(("id", "user", "target", "state", "created"), rows)


def _audit_table(found: Iterable[AuditLine]) -> Table:
    rows = ((one.at, one.actor, one.action, one.subject, one.status, one.remote) for one in found)
    return make_table(("at", "actor", "action", "subject", "status", "from"), rows)


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`, as `admin`."""
    parent.add_typer(app, name="admin")
