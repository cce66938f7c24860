"""Manage all accounts and jobs, as an administrator."""

from __future__ import annotations

from collections.abc import Iterator

from ..http.transport import Transport
from ..types.accounts import Account, AuditLine
from ..types.jobs import EveryJob
from ._base import Identified, id_of, resource_path


class AdminResource:
    """Group the calls of `client.admin`; all raise ApiError (403) if the account is not an administrator.

    Example:
        >>> client.admin.named("nobody") is None
        True
        >>> [account.username for account in client.admin.users()]
        ['ada']
    """

    def __init__(self, transport: Transport) -> None:
        """Share the transport of the client."""
        self._transport = transport

    def users(self) -> Iterator[Account]:
        """Yield all accounts, newest first."""
        return map(Account.from_json, self._transport.fetch_items("/admin/users"))

    def user(self, user: str | Identified) -> Account:
        """Return one account by its id, with its use.

        Raises:
            NotFound: There is no such account.
        """
        return Account.from_json(self._transport.fetch("GET", _url(user)))

    def named(self, username: str) -> Account | None:
        """Return the account of this name, None if there is none."""
        found = self._transport.fetch_items("/admin/users", username=username)
        return next(map(Account.from_json, found), None)

    def create_user(self, username: str, password: str, role: str = "user") -> Account:
        """Create an account, even if sign-up is closed.

        Args:
            username: 3 to 64 letters, digits and `. _ - @`; case does not matter.
            password: Password of the account.
            role: `user` or `admin`.

        Raises:
            Conflict: The name is taken.
            ValidationFailed: The service does not accept this name, password or role.
        """
        body = {"username": username, "password": password, "role": role}
        return Account.from_json(self._transport.fetch("POST", "/admin/users", json_body=body))

    def lock(self, user: str | Identified) -> Account:
        """Refuse every credential of the account from now on.

        Raises:
            NotFound: There is no such account.
            Conflict: It is your own account.
        """
        return Account.from_json(self._transport.fetch("POST", _url(user, "lock")))

    def unlock(self, user: str | Identified) -> Account:
        """Accept the credentials of the account again.

        Raises:
            NotFound: There is no such account.
        """
        return Account.from_json(self._transport.fetch("POST", _url(user, "unlock")))

    def set_role(self, user: str | Identified, role: str) -> Account:
        """Change what the account may do.

        Args:
            user: The account, or its id.
            role: `user` or `admin`.

        Raises:
            NotFound: There is no such account.
            Conflict: It is your own account.
        """
        return Account.from_json(self._transport.fetch("PUT", _url(user, "role"), json_body={"role": role}))

    def set_quotas(self, user: str | Identified, **quotas: int | None) -> Account:
        """Replace the quotas that hold for this account alone.

        Args:
            user: The account, or its id.
            **quotas: Limit by name: datasets, bytes, running_jobs, queued_jobs, streams, endpoints. The service's limit
                holds for names that are missing or None.

        Raises:
            NotFound: There is no such account.
            ValidationFailed: A name or a limit is not acceptable.
        """
        return Account.from_json(self._transport.fetch("PUT", _url(user, "quotas"), json_body=quotas))

    def set_password(self, user: str | Identified, new_password: str) -> None:
        """Set a new password; every credential of the account stops working.

        Raises:
            NotFound: There is no such account.
            ValidationFailed: The service does not accept this password.
        """
        self._transport.send("PUT", _url(user, "password"), json_body={"new_password": new_password})

    def jobs(self, state: str | None = None) -> Iterator[EveryJob]:
        """Yield the jobs of all accounts, newest first.

        Args:
            state: State of the jobs to yield; None yields all.
        """
        return map(EveryJob.from_json, self._transport.fetch_items("/admin/jobs", state=state))

    def audit(self, actor: str | Identified | None = None) -> Iterator[AuditLine]:
        """Yield the entries of the audit log, newest first.

        Args:
            actor: The account that acted, or its id; None yields the entries of all.
        """
        actor_id = None if actor is None else id_of(actor)
        return map(AuditLine.from_json, self._transport.fetch_items("/admin/audit", actor=actor_id))


def _url(user: str | Identified, *more: str) -> str:
    return resource_path("admin/users", user, *more)
