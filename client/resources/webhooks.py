"""Have programs and people told of what happens: webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..types.webhooks import Delivery, Webhook
from ._base import Resource, options_given, resource_path


class WebhookResource(Resource):
    """Group the calls about webhooks."""

    def webhooks(self) -> Iterator[Webhook]:
        """Yield all webhooks, newest first, without their secrets."""
        return map(Webhook.from_json, self._transport.fetch_items("/webhooks"))

    def webhook(self, webhook: str | Webhook) -> Webhook:
        """Return the webhook as it is now.

        Raises:
            NotFound: There is no such webhook.
        """
        return Webhook.from_json(self._transport.fetch("GET", resource_path("webhooks", webhook)))

    def create_webhook(
        self, url: str, events: Sequence[str] = ("*",), *, endpoint: str | None = None, note: str = ""
    ) -> Webhook:
        """Have an address told of what happens.

        Args:
            url: Where signed requests are sent, or `mailto:` and a mail address, which gets a code to confirm it with.
            events: Types such as `job.failed`, families such as `alias.*`, or `*` for all.
            endpoint: Only what is about this endpoint.
            note: What it is for.

        Returns:
            The webhook; only this response has its `secret`, which verifies the signatures.

        Raises:
            ValidationFailed: The address cannot be used, or a type is none.
            Conflict: There are too many, or the service sends no mail, or keeps no secrets.

        Example:
            >>> webhook = client.create_webhook("http://127.0.0.1:8765/hook", ["job.*"])
            >>> webhook.secret[:6]
            'whsec_'
            >>> client.test_webhook(webhook).type
            'webhook.test'
            >>> client.delete_webhook(webhook)
        """
        body = options_given(url=url, events=list(events), endpoint=endpoint, note=note or None)
        return Webhook.from_json(self._transport.fetch("POST", "/webhooks", json_body=body))

    def confirm_webhook(self, webhook: str | Webhook, code: str) -> Webhook:
        """Confirm a mail address by the code that was sent to it.

        Raises:
            ValidationFailed: Another code was sent.
        """
        path = resource_path("webhooks", webhook, "confirm")
        return Webhook.from_json(self._transport.fetch("POST", path, json_body={"code": code}))

    def update_webhook(
        self,
        webhook: str | Webhook,
        *,
        events: Sequence[str] | None = None,
        note: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what a webhook is told, or switch it off or on again; what is None stays.

        Raises:
            NotFound: There is no such webhook.
        """
        body = options_given(events=None if events is None else list(events), note=note, enabled=enabled)
        return Webhook.from_json(self._transport.fetch("PATCH", resource_path("webhooks", webhook), json_body=body))

    def delete_webhook(self, webhook: str | Webhook) -> None:
        """Delete a webhook with its deliveries.

        Raises:
            NotFound: There is no such webhook.
        """
        self._transport.send("DELETE", resource_path("webhooks", webhook))

    def test_webhook(self, webhook: str | Webhook) -> Delivery:
        """Send a `webhook.test`; its delivery says what becomes of it.

        Raises:
            Conflict: The webhook is switched off, or not confirmed.
        """
        return Delivery.from_json(self._transport.fetch("POST", resource_path("webhooks", webhook, "test")))

    def deliveries(self, webhook: str | Webhook) -> Iterator[Delivery]:
        """Yield what a webhook was told, newest first, with every try."""
        return map(Delivery.from_json, self._transport.fetch_items(resource_path("webhooks", webhook, "deliveries")))

    def redeliver(self, webhook: str | Webhook, delivery: str | Delivery) -> Delivery:
        """Deliver once more, with the same id and body.

        Raises:
            NotFound: There is no such delivery.
        """
        id = delivery if isinstance(delivery, str) else delivery.id
        path = resource_path("webhooks", webhook, "deliveries", id, "redeliver")
        return Delivery.from_json(self._transport.fetch("POST", path))
