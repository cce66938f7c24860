"""Webhooks over HTTP: addresses that are told of what happens, and the log of what each was told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.schemas import webhooks as schemas
from api.schemas.base import PageQuery, page_schema
from core.domain.notifications import Delivery
from core.notifications.webhooks import show

blueprint = Blueprint("webhooks", __name__, description="Webhooks: who is told of what happens.")


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.arguments(schemas.WebhookBody)
@blueprint.response(201, schemas.NewWebhookAnswer)
def create_webhook(body: dict[str, Any]) -> Any:
    """Create a webhook. Its secret is returned only once; a mail address is sent a code to confirm it with."""
    if body["endpoint"] is not None:
        current_service().endpoints.get(current_user().id, body["endpoint"])
    made = current_service().webhooks.create(current_user().id, **body)
    _record("webhook.created", made.webhook.id)
    location = url_for("webhooks.get_webhook", webhook_id=made.webhook.id)
    return {**show(made.webhook), "secret": made.secret}, {"Location": location}


@blueprint.route("/webhooks", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.WebhookAnswer))
def list_webhooks(query: dict[str, Any]) -> dict[str, Any]:
    """List the webhooks, newest first, without their secrets."""
    after = decode_page_token(query["page_token"])
    return page_response(current_service().webhooks.page(current_user().id, query["page_size"], after), show)


@blueprint.route("/webhooks/<webhook_id>", methods=["GET"])
@blueprint.response(200, schemas.WebhookAnswer)
def get_webhook(webhook_id: str) -> dict[str, Any]:
    """Return a webhook: what it is told, since when it fails, why it is switched off."""
    return show(current_service().webhooks.get(current_user().id, webhook_id))


@blueprint.route("/webhooks/<webhook_id>", methods=["PATCH"])
@blueprint.arguments(schemas.WebhookPatchBody)
@blueprint.response(200, schemas.WebhookAnswer)
def patch_webhook(body: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Change what it is told, or switch it off or on again."""
    webhook = current_service().webhooks.patch(current_user().id, webhook_id, body)
    _record("webhook.updated", webhook_id)
    return show(webhook)


@blueprint.route("/webhooks/<webhook_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_webhook(webhook_id: str) -> None:
    """Delete a webhook with its deliveries."""
    current_service().webhooks.delete(current_user().id, webhook_id)
    _record("webhook.deleted", webhook_id)


@blueprint.route("/webhooks/<webhook_id>/confirm", methods=["POST"])
@blueprint.arguments(schemas.ConfirmBody)
@blueprint.response(200, schemas.WebhookAnswer)
def confirm_webhook(body: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """Confirm a mail address by the code that was sent to it."""
    webhook = current_service().webhooks.confirm(current_user().id, webhook_id, body["code"])
    _record("webhook.confirmed", webhook_id)
    return show(webhook)


@blueprint.route("/webhooks/<webhook_id>/test", methods=["POST"])
@blueprint.response(202, schemas.DeliveryAnswer)
def test_webhook(webhook_id: str) -> dict[str, Any]:
    """Send the webhook a `webhook.test`; its delivery says what becomes of it."""
    return _show(current_service().webhooks.test(current_user().id, webhook_id))


@blueprint.route("/webhooks/<webhook_id>/deliveries", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.DeliveryAnswer))
def list_deliveries(query: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """List what the webhook was told, newest first, with every try."""
    after = decode_page_token(query["page_token"])
    webhooks = current_service().webhooks
    return page_response(webhooks.deliveries(current_user().id, webhook_id, query["page_size"], after), _show)


@blueprint.route("/webhooks/<webhook_id>/deliveries/<delivery_id>", methods=["GET"])
@blueprint.response(200, schemas.DeliveryAnswer)
def get_delivery(webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Return a delivery."""
    return _show(current_service().webhooks.delivery(current_user().id, webhook_id, delivery_id))


@blueprint.route("/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver", methods=["POST"])
@blueprint.response(202, schemas.DeliveryAnswer)
def redeliver(webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Deliver it once more, with the same `webhook-id` and body."""
    return _show(current_service().webhooks.redeliver(current_user().id, webhook_id, delivery_id))


def _show(delivery: Delivery) -> dict[str, Any]:
    return {**asdict(delivery), "id": delivery.id}


def _record(action: str, webhook_id: str) -> None:
    current_service().activity.record(current_user().id, action, f"webhook/{webhook_id}")
