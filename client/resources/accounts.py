"""Manage the account: sign up and in, passwords, API keys, history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from ..errors import Conflict, Unauthorized
from ..types.accounts import Activity, ApiKey, User
from ._base import Resource, resource_path


class AccountResource(Resource):
    """Group the calls about the account that is signed in."""

    def sign_up(self, username: str, password: str) -> User:
        """Open an account, without signing in.

        Args:
            username: 3 to 64 letters, digits and `. _ - @`; case does not matter.
            password: Password of the account.

        Returns:
            The new account.

        Raises:
            Conflict: The name is taken.
            ValidationFailed: The service does not accept this name or password.
            TooManyRequests: Too many accounts were opened.
        """
        return User.from_json(self._transport.fetch("POST", "/users", json_body=_pair(username, password)))

    def sign_in(self, username: str, password: str, *, sign_up: bool = False) -> Self:
        """Get a token and use it from now on.

        Args:
            username: Name of the account.
            password: Its password.
            sign_up: Whether to open the account if there is none of this name, so that a script can run again.

        Returns:
            The client itself.

        Raises:
            Unauthorized: The name or the password is wrong.
            TooManyRequests: Too many attempts failed, or too many accounts were opened.
            ValidationFailed: With `sign_up`, the service does not accept this name or password.
        """
        try:
            response = self._transport.fetch("POST", "/tokens", json_body=_pair(username, password))
        except Unauthorized as unauthorized:
            if not sign_up:
                raise
            try:
                self.sign_up(username, password)
            except Conflict:  # The account is there, so it is the password that is wrong.
                raise unauthorized from None
            return self.sign_in(username, password)
        self._transport.token = response["token"]
        return self

    def sign_out(self) -> None:
        """Revoke the token in use and forget it."""
        self._transport.send("DELETE", "/tokens/current")
        self._transport.token = None

    def me(self) -> User:
        """Return the account that is signed in, with its quotas and use."""
        return User.from_json(self._transport.fetch("GET", "/me"))

    def activity(self) -> Iterator[Activity]:
        """Yield the account's history, newest first."""
        return map(Activity.from_json, self._transport.fetch_items("/activity"))

    def change_password(self, current_password: str, new_password: str) -> None:
        """Change the password; every other token and key of the account stops working.

        Args:
            current_password: The password until now.
            new_password: The password from now on.

        Raises:
            Unauthorized: `current_password` is wrong.
            ValidationFailed: The service does not accept the new password.
        """
        body = {"current_password": current_password, "new_password": new_password}
        self._transport.send("PUT", "/me/password", json_body=body)

    def delete_account(self) -> None:
        """Delete the account with all its datasets, jobs and models, for good."""
        # Not repeated: the first try revokes the token, so a second one would fail with 401.
        self._transport.send("DELETE", "/me", repeatable=False)
        self._transport.token = None

    def keys(self) -> Iterator[ApiKey]:
        """Yield the API keys, without their secrets."""
        return map(ApiKey.from_json, self._transport.fetch_items("/keys"))

    def create_key(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        per_minute: int | None = None,
        endpoints: Sequence[str] | None = None,
    ) -> ApiKey:
        """Create an API key.

        Args:
            name: What the key is for.
            scopes: What the key may do, among `read`, `train` and `predict`; None allows all.
            expires_at: Time with a time zone at which the key stops working; None lets it work for ever.
            per_minute: Most requests with this key in a minute; None allows as many as the account may make.
            endpoints: Names of the endpoints that the key predicts with, and it can do nothing else; None sets no such
                limit.

        Returns:
            The key; only this response has its secret, `key`.

        Raises:
            ValidationFailed: A scope is unknown, the time has passed, or there is no such endpoint.
        """
        body: dict[str, Any] = {"name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        if endpoints is not None:
            body["endpoints"] = list(endpoints)
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        if per_minute is not None:
            body["per_minute"] = per_minute
        return ApiKey.from_json(self._transport.fetch("POST", "/keys", json_body=body))

    def revoke_key(self, key: str | ApiKey) -> None:
        """Make a key useless at once.

        Raises:
            NotFound: There is no such key.
        """
        self._transport.send("DELETE", resource_path("keys", key))


def _pair(username: str, password: str) -> dict[str, str]:
    return {"username": username, "password": password}
