"""Keep passwords, keys and credentials that sources need."""

from __future__ import annotations

from collections.abc import Iterator

from ..types.secrets import Secret
from ._base import Resource, resource_path


class SecretResource(Resource):
    """Group the calls about secrets."""

    def secrets(self) -> Iterator[Secret]:
        """Yield the names of all secrets; what they hold is given to nobody."""
        return map(Secret.from_json, self._transport.fetch_items("/secrets"))

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret, in the place of an earlier one of that name. Sources name it: `{"secret": name}`.

        Args:
            name: Up to 63 letters, digits, dots, hyphens or underscores.
            value: A password, a key, or credentials as JSON.

        Raises:
            ValidationFailed: The name or the value cannot be kept.
            Conflict: There are too many, or the service keeps no secrets.

        Example:
            >>> client.set_secret("warehouse", "correct horse")
            >>> [secret.name for secret in client.secrets()]
            ['warehouse']
            >>> client.delete_secret("warehouse")
        """
        self._transport.send("PUT", resource_path("secrets", name), json_body={"value": value})

    def delete_secret(self, name: str) -> None:
        """Delete a secret. Sources that name it cannot be fetched any more.

        Raises:
            NotFound: There is no such secret.
        """
        self._transport.send("DELETE", resource_path("secrets", name))
