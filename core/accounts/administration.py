"""Use cases of administrators: list all accounts and jobs, lock accounts, set quotas, reset passwords.

Every change is to the account's own row, which each request reads, so it takes effect at once in all processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.accounts.accounts import Accounts
from core.domain.trainings import Job
from core.domain.users import Role, User
from core.errors import Conflict
from core.jobs.job_views import JobView
from core.jobs.jobs import Jobs
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

BATCH = 200
MAX_SCANNED = 2000


class Administration:
    """Operations on the accounts and jobs of all users."""

    def __init__(self, tables: Tables, accounts: Accounts, jobs: Jobs) -> None:
        self.tables = tables
        self.accounts = accounts
        self._jobs = jobs

    def users(self, size: int, after: str | None = None) -> Page[User]:
        """Return a page of accounts, newest first."""
        return rows.page(self.tables, User, "user#", size, after)

    def lock(self, user_id: str, *, by: str) -> User:
        """Refuse every credential of this account until it is unlocked; its tasks go on.

        Raises NotFound, and Conflict if it is the caller's own account.
        """
        self._not_own(user_id, by, "locked")
        return self.accounts.update(user_id, lambda user: replace(user, locked=True))

    def unlock(self, user_id: str) -> User:
        """Accept its password again, and those of its credentials that have not expired. Raises NotFound."""
        return self.accounts.update(user_id, lambda user: replace(user, locked=False))

    def set_role(self, user_id: str, role: Role, *, by: str) -> User:
        """Set the role of an account.

        Raises NotFound, and Conflict if it is the caller's own account, so that one administrator always remains.
        """
        self._not_own(user_id, by, "given another role")
        return self.accounts.update(user_id, lambda user: replace(user, role=role))

    def set_quotas(self, user_id: str, quotas: Mapping[str, int]) -> User:
        """Set the account's own quotas by name; those left out follow the settings again. Raises NotFound."""
        return self.accounts.update(user_id, lambda user: replace(user, quotas=dict(quotas)))

    def jobs(self, size: int, after: str | None = None, state: str | None = None) -> Page[tuple[JobView, str]]:
        """Return a page of all users' jobs, newest first, each with the name of its owner.

        The name is empty if the owner's account was deleted. With `state` a page may have few jobs and still a next
        page.
        """
        start, looked = "jobs_all#", 0
        found: list[JobView] = []
        while looked < MAX_SCANNED:
            index = self.tables.scan(start, BATCH, None if after is None else start + after)
            owners = {row.key.removeprefix(start): row.value.decode() for row in index}
            raws = self.tables.get_many([rows.key("job", owner, id) for id, owner in owners.items()])
            views = self._jobs.views([rows.load(Job, raw) for raw in raws.values()])
            found += [view for view in sorted(views, key=lambda view: view.job.id) if state in (None, view.state)]
            if len(found) > size:
                return Page(self._with_names(found[:size]), found[size - 1].job.id)
            if len(index) < BATCH:
                return Page(self._with_names(found), None)
            looked, after = looked + len(index), index[-1].key.removeprefix(start)
        return Page(self._with_names(found), after)

    def _with_names(self, views: list[JobView]) -> list[tuple[JobView, str]]:
        keys = {view.job.user_id: rows.key("user", view.job.user_id) for view in views}
        raws = self.tables.get_many(list(keys.values()))
        names = {id: rows.load(User, raws[key]).username for id, key in keys.items() if key in raws}
        return [(view, names.get(view.job.user_id, "")) for view in views]

    def _not_own(self, user_id: str, by: str, done: str) -> None:
        if user_id == by:
            raise Conflict("OWN_ACCOUNT", f"Your own account cannot be {done} by you: ask another administrator.")
