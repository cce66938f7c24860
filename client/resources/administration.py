"""What administrators do: all accounts, all jobs, the audit log."""

from __future__ import annotations

from collections.abc import Iterator

from ..http.transport import Transport
from ..types.accounts import Account, AuditLine
from ..types.jobs import EveryJob
from ._base import Identified, id_of, resource_path


class AdminResource:
    """The calls of `client.admin`. All raise ApiError (403) for who is no administrator."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def users(self) -> Iterator[Account]:
        """All accounts, newest first."""
        return map(Account.from_json, self._transport.fetch_items("/admin/users"))

    def user(self, user: str | Identified) -> Account:
        """One account by its id, with its use. Raises NotFound."""
        return Account.from_json(self._transport.fetch("GET", _url(user)))

    def named(self, username: str) -> Account | None:
        """The account of that name, None where there is none."""
        found = self._transport.fetch_items("/admin/users", username=username)
        return next(map(Account.from_json, found), None)

    def create_user(self, username: str, password: str, role: str = "user") -> Account:
        """Make an account (role `user` or `admin`), also where sign-up is closed. Raises Conflict, ValidationFailed."""
        body = {"username": username, "password": password, "role": role}
        return Account.from_json(self._transport.fetch("POST", "/admin/users", json_body=body))

    def lock(self, user: str | Identified) -> Account:
        """Refuse every credential of the account from now on. Raises NotFound, Conflict (your own)."""
        return Account.from_json(self._transport.fetch("POST", _url(user, "lock")))

    def unlock(self, user: str | Identified) -> Account:
        """Let the account in again. Raises NotFound."""
        return Account.from_json(self._transport.fetch("POST", _url(user, "unlock")))

    def set_role(self, user: str | Identified, role: str) -> Account:
        """Make the account an administrator (`admin`), or no more (`user`). Raises NotFound, Conflict (your own)."""
        return Account.from_json(self._transport.fetch("PUT", _url(user, "role"), json_body={"role": role}))

    def set_quotas(self, user: str | Identified, **quotas: int | None) -> Account:
        """Give the account quotas of its own (datasets, bytes, running_jobs, queued_jobs, streams); those left out or
        None are as for everybody. Raises NotFound, ValidationFailed."""
        return Account.from_json(self._transport.fetch("PUT", _url(user, "quotas"), json_body=quotas))

    def set_password(self, user: str | Identified, new_password: str) -> None:
        """Set a new password; every credential of the account stops working. Raises NotFound, ValidationFailed."""
        self._transport.send("PUT", _url(user, "password"), json_body={"new_password": new_password})

    def jobs(self, state: str | None = None) -> Iterator[EveryJob]:
        """Everybody's jobs, newest first, of one state where given."""
        return map(EveryJob.from_json, self._transport.fetch_items("/admin/jobs", state=state))

    def audit(self, actor: str | Identified | None = None) -> Iterator[AuditLine]:
        """Who did what to what, when and from where, newest first; of one account where given."""
        whose = None if actor is None else id_of(actor)
        return map(AuditLine.from_json, self._transport.fetch_items("/admin/audit", actor=whose))


def _url(user: str | Identified, *more: str) -> str:
    return resource_path("admin/users", user, *more)
