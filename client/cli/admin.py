"""Commands of administrators: `admin users`, `lock`, `quota`, `jobs`, `audit`, …"""

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

if TYPE_CHECKING:
    from rich.table import Table

NameArgument = Annotated[str, typer.Argument(help="Name of the account.", metavar="USERNAME")]
PasswordOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
QuotaOption = Annotated[int | None, typer.Option(min=0)]

app = typer.Typer(help="For administrators: accounts, everybody's jobs, the audit log.", no_args_is_help=True)


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
    admin: Annotated[bool, typer.Option("--admin", help="An administrator.")] = False,
    password_stdin: PasswordOption = False,
) -> None:
    """Make an account, also where sign-up is closed.

    Example: nobrains admin create grace
    """
    with Client() as client:
        made = client.admin.create_user(username, _password(password_stdin), "admin" if admin else "user")
    _say(made, "made")


@app.command()
@command
def lock(username: NameArgument) -> None:
    """Refuse every credential of an account, from now on. Its trainings go on.

    Example: nobrains admin lock mallory
    """
    with Client() as client:
        _say(client.admin.lock(_find(client, username)), "locked")


@app.command()
@command
def unlock(username: NameArgument) -> None:
    """Let an account in again.

    Example: nobrains admin unlock mallory
    """
    with Client() as client:
        _say(client.admin.unlock(_find(client, username)), "unlocked")


@app.command()
@command
def password(username: NameArgument, password_stdin: PasswordOption = False) -> None:
    """Set a new password; every token, session and key of the account stops working.

    Example: nobrains admin password grace
    """
    with Client() as client:
        found = _find(client, username)
        client.admin.set_password(found, _password(password_stdin))
    _say(found, "given a new password")


@app.command()
@command
def role(
    username: NameArgument, role: Annotated[str, typer.Argument(help="`user` or `admin`.", metavar="ROLE")]
) -> None:
    """Make an account an administrator, or no more.

    Example: nobrains admin role grace admin
    """
    with Client() as client:
        _say(client.admin.set_role(_find(client, username), role), f"in the role {role}")


@app.command()
@command
def quota(
    username: NameArgument,
    datasets: QuotaOption = None,
    bytes: QuotaOption = None,
    running_jobs: QuotaOption = None,
    queued_jobs: QuotaOption = None,
    streams: QuotaOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="First forget those it has of its own.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the quotas of an account, or change those that are named.

    Examples:

    nobrains admin quota grace

    nobrains admin quota grace --datasets 10 --running-jobs 1
    """
    asked = {
        "datasets": datasets, "bytes": bytes, "running_jobs": running_jobs, "queued_jobs": queued_jobs,
        "streams": streams,
    }  # fmt: skip
    changes = {name: most for name, most in asked.items() if most is not None}
    with Client() as client:
        found = _find(client, username)
        if changes or reset:
            found = client.admin.set_quotas(found, **{**({} if reset else found.own_quotas), **changes})
    if as_json:
        show_json(found.raw)
    else:
        rows = ((name, most, name in found.own_quotas) for name, most in found.quotas.items())
        table = ((name, most, "of its own" if own else "as everybody") for name, most, own in rows)
        console().print(make_table(("quota", "at most", ""), table))


@app.command()
@command
def jobs(
    state: Annotated[str | None, typer.Option(help="Only those queued, running, succeeded, failed, …")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List everybody's jobs, newest first.

    Example: nobrains admin jobs --state running
    """
    with Client() as client:
        show_list(client.admin.jobs(state), as_json, _job_table, limit)


@app.command()
@command
def audit(
    username: Annotated[str | None, typer.Option(help="Only what this account did.")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """Show who did what to what, when and from where, newest first.

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


def _say(account: Account, done: str) -> None:
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
