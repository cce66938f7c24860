"""Offer the commands about webhooks: `webhooks` and what is below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ..client import Client
from ..display.terminal import command, console, make_table, program, show_json, show_list
from ..types.webhooks import Attempt, Delivery, Webhook
from .datasets import JsonOption, LimitOption

if TYPE_CHECKING:
    from rich.table import Table

WebhookArgument = Annotated[str, typer.Argument(help="Id of the webhook.", metavar="WEBHOOK")]

app = typer.Typer(help="Have programs and people told of what happens: webhooks and mail.", no_args_is_help=True)


@app.command("list")
@command
def list_all(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List your webhooks.

    Example: nobrains webhooks list
    """
    with Client() as client:
        show_list(client.webhooks(), as_json, _webhook_table, limit)


@app.command()
@command
def create(
    url: Annotated[str, typer.Argument(help="https://… or http://…, or mailto: and an address.")],
    event: Annotated[
        list[str] | None, typer.Option(help="A type such as job.failed, or a family such as job.*; may be repeated.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only what is about this endpoint.")] = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Have an address told of what happens, and show the secret that verifies the signatures, this once.

    For example:

    nobrains webhooks create https://example.org/hook --event "job.*" --event monitor.alarm

    nobrains webhooks create mailto:ada@example.org --event job.failed
    """
    with Client() as client:
        made = client.create_webhook(url, event or ["*"], endpoint=endpoint, note=note)
    if as_json:
        show_json(made.raw)
        return
    out = console()
    out.print(f"Webhook {made.id} is told of {', '.join(made.events)}.", style="bold green", markup=False)
    if made.secret is not None:
        out.print(f"Secret, shown this once: {made.secret}", markup=False)
        out.print(f"Next: {program()} webhooks test {made.id}", markup=False)
    else:
        out.print(f"Next: {program()} webhooks confirm {made.id} CODE, which was sent there.", markup=False)


@app.command()
@command
def confirm(
    webhook: WebhookArgument, code: Annotated[str, typer.Argument(help="The code that the mail address got.")]
) -> None:
    """Confirm a mail address.

    Example: nobrains webhooks confirm WEBHOOK CODE
    """
    with Client() as client:
        made = client.confirm_webhook(webhook, code)
    console().print(f"{made.url.removeprefix('mailto:')} is told from now on.", markup=False)


@app.command()
@command
def test(webhook: WebhookArgument) -> None:
    """Send a webhook.test.

    Example: nobrains webhooks test WEBHOOK
    """
    with Client() as client:
        sent = client.test_webhook(webhook)
    console().print(f"Sent {sent.event_id}. Next: {program()} webhooks deliveries {webhook}", markup=False)


@app.command()
@command
def deliveries(webhook: WebhookArgument, as_json: JsonOption = False, limit: LimitOption = 20) -> None:
    """List what a webhook was told, newest first.

    Example: nobrains webhooks deliveries WEBHOOK
    """
    with Client() as client:
        show_list(client.deliveries(webhook), as_json, _delivery_table, limit)


@app.command()
@command
def redeliver(webhook: WebhookArgument, delivery: Annotated[str, typer.Argument(help="Id of the delivery.")]) -> None:
    """Deliver once more, with the same id and body.

    Example: nobrains webhooks redeliver WEBHOOK DELIVERY
    """
    with Client() as client:
        sent = client.redeliver(webhook, delivery)
    console().print(f"{sent.event_id} ({sent.type}) is sent again.", markup=False)


@app.command()
@command
def enable(webhook: WebhookArgument) -> None:
    """Switch a webhook on again that was switched off.

    Example: nobrains webhooks enable WEBHOOK
    """
    with Client() as client:
        client.update_webhook(webhook, enabled=True)
    console().print(f"Webhook {webhook} is switched on.", markup=False)


@app.command()
@command
def disable(webhook: WebhookArgument) -> None:
    """Switch a webhook off.

    Example: nobrains webhooks disable WEBHOOK
    """
    with Client() as client:
        client.update_webhook(webhook, enabled=False)
    console().print(f"Webhook {webhook} is switched off.", markup=False)


@app.command()
@command
def delete(webhook: WebhookArgument) -> None:
    """Delete a webhook with its deliveries.

    Example: nobrains webhooks delete WEBHOOK
    """
    with Client() as client:
        client.delete_webhook(webhook)
    console().print(f"Webhook {webhook} is deleted.", markup=False)


def _webhook_table(found: Iterable[Webhook]) -> Table:
    rows = ((one.id, one.url, ", ".join(one.events), one.endpoint, _state(one), one.note) for one in found)
    return make_table(("webhook", "address", "events", "endpoint", "state", "note"), rows)


def _state(webhook: Webhook) -> str:
    if webhook.disabled is not None:
        return f"off: {webhook.disabled.reason}"
    if not webhook.confirmed:
        return "not confirmed"
    return "failing" if webhook.failing_since else "on"


def _delivery_table(found: Iterable[Delivery]) -> Table:
    rows = (
        (one.id, one.type, one.at, one.state, len(one.attempts), _result(one.attempts[-1]) if one.attempts else "")
        for one in found
    )
    return make_table(("delivery", "type", "at", "state", "tries", "last"), rows)


def _result(attempt: Attempt) -> str:
    return str(attempt.status) if attempt.status is not None else attempt.error.get("reason", "done")


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="webhooks")
