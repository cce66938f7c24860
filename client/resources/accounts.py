"""Accounts, tokens and API keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from ..errors import Conflict, Unauthorized
from ..types.accounts import Activity, ApiKey, User
from ._base import Resource, resource_path


class AccountResource(Resource):
    """Who is asking."""

    def sign_up(self, username: str, password: str) -> User:
        """Open an account. It does not sign in. Raises Conflict (name taken), ValidationFailed."""
        return User.from_json(self._transport.fetch("POST", "/users", json_body=_pair(username, password)))

    def sign_in(self, username: str, password: str, *, sign_up: bool = False) -> Self:
        """Get a token and use it from now on; returns the client.

        Args:
            username: name of the account.
            password: its password.
            sign_up: whether to open the account where there is none of this name, so that a script can run again.

        Raises:
            Unauthorized: the name or the password is wrong. TooManyRequests: too many wrong ones, or too many accounts
                opened. ValidationFailed: an account is to be opened, and the service takes no such name or password.
        """
        try:
            answer = self._transport.fetch("POST", "/tokens", json_body=_pair(username, password))
        except Unauthorized as refusal:
            if not sign_up:
                raise
            try:
                self.sign_up(username, password)
            except Conflict:  # The account is there, so it is the password that is wrong.
                raise refusal from None
            return self.sign_in(username, password)
        self._transport.token = answer["token"]
        return self

    def sign_out(self) -> None:
        """Revoke the token in use and forget it."""
        self._transport.send("DELETE", "/tokens/current")
        self._transport.token = None

    def me(self) -> User:
        """The account signed in, with its quotas and use."""
        return User.from_json(self._transport.fetch("GET", "/me"))

    def activity(self) -> Iterator[Activity]:
        """The account's history of requests and outcomes, newest first."""
        return map(Activity.from_json, self._transport.fetch_items("/activity"))

    def change_password(self, current_password: str, new_password: str) -> None:
        """Change the password; every other token and key stops working. Raises Unauthorized,
        ValidationFailed."""
        body = {"current_password": current_password, "new_password": new_password}
        self._transport.send("PUT", "/me/password", json_body=body)

    def delete_account(self) -> None:
        """Delete the account with all its datasets, jobs and models, for good."""
        # Not repeated: once it is done, the token is void and a second try would answer 401.
        self._transport.send("DELETE", "/me", repeatable=False)
        self._transport.token = None

    def keys(self) -> Iterator[ApiKey]:
        """The API keys (without their secrets)."""
        return map(ApiKey.from_json, self._transport.fetch_items("/keys"))

    def create_key(
        self, name: str, *, scopes: Sequence[str] | None = None, expires_at: datetime | None = None
    ) -> ApiKey:
        """A new API key; its secret, `key`, is shown this once. It may do all that its user may, unless `scopes` names
        some of `read`, `train` and `predict`, and for ever, unless `expires_at` (with a time zone) ends it."""
        body: dict[str, Any] = {"name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        return ApiKey.from_json(self._transport.fetch("POST", "/keys", json_body=body))

    def revoke_key(self, key: str | ApiKey) -> None:
        """Make a key useless at once. Raises NotFound."""
        self._transport.send("DELETE", resource_path("keys", key))


def _pair(username: str, password: str) -> dict[str, str]:
    return {"username": username, "password": password}
