"""Use cases around endpoints: create, find, list, describe, and change what they serve.

Each change of what is served is one write of the endpoint's row, which holds the newest lines of its log: so the log
cannot say another thing than what is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.domain.endpoints import CHAMPION, Change, Decision, Endpoint, Traffic
from core.domain.ids import new_id, now
from core.domain.records import Json
from core.endpoints import rollback as rollbacks
from core.endpoints.creation import EndpointCreation
from core.endpoints.endpoint_rows import EndpointRows, check_revision, is_there
from core.endpoints.log_columns import check_log_columns
from core.endpoints.scoring import ScoringQueues
from core.endpoints.traffic import check_alias, check_traffic, with_alias, without_alias
from core.endpoints.versions import Versions
from core.limits.quotas import QuotaService
from core.ports import Tables
from core.storage import rows
from core.storage.idempotency import reserve
from core.storage.rows import Page

PATCHED = ("note", "runtime", "messages")


class Endpoints:
    """A user's endpoints."""

    def __init__(
        self, tables: Tables, quotas: QuotaService, endpoints: EndpointRows, versions: Versions, scoring: ScoringQueues
    ) -> None:
        self.tables = tables
        self.rows = endpoints
        self.log = endpoints.log
        self.versions = versions
        self.scoring = scoring
        self.creation = EndpointCreation(tables, quotas, endpoints, versions)

    def create(
        self, user_id: str, name: str, by: str, *, model_id: str | None = None, note: str = "", log: Json | None = None
    ) -> Endpoint:
        """Create an endpoint; the model, if one is given, becomes version 1 and champion.

        Raises Invalid BAD_NAME or COLUMN_NOT_FOUND, NotFound, Conflict ENDPOINT_EXISTS or QUOTA_EXCEEDED.
        """
        return self.creation.create(user_id, name, by, model_id=model_id, note=note, log=log)

    def find(self, user_id: str, name: str) -> Endpoint | None:
        """Return the endpoint, None if there is none."""
        return self.rows.find(user_id, name)

    def get(self, user_id: str, name: str) -> Endpoint:
        """Return the endpoint; raises NotFound."""
        return self.rows.get(user_id, name)

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Endpoint]:
        """Return a page of endpoints, by name."""
        found = rows.page(self.tables, Endpoint, rows.prefix("endpoint", user_id), size, after)
        return Page([endpoint for endpoint in found.items if is_there(endpoint)], found.next)

    def all_of(self, user_id: str) -> Iterator[Endpoint]:
        """Yield all endpoints of a user, by name."""
        for row in rows.scan_all(self.tables, rows.prefix("endpoint", user_id)):
            if is_there(endpoint := rows.load(Endpoint, row.value)):
                yield endpoint

    def patch(self, user_id: str, name: str, changes: Json, if_revision: int | None = None) -> Endpoint:
        """Apply {note?, runtime?, messages?, log?}; a log that is given in part keeps the rest.

        Raises NotFound, Invalid COLUMN_NOT_FOUND, PreconditionFailed, Conflict MESSAGES_NAME_TAKEN.
        """
        if changes.get("messages"):
            endpoint = self.get(user_id, name)
            check_revision(endpoint, if_revision)
            self.scoring.reserve(endpoint)  # Its queues first: what is said to be on can be sent to.
        if changes.get("log", {}).get("columns"):
            versions = self.versions.all_of(self.get(user_id, name))
            check_log_columns(changes["log"], (version.signature for version in versions))
        said: dict[str, Any] = {field: changes[field] for field in PATCHED if field in changes}
        return self.rows.alter(
            user_id,
            name,
            lambda endpoint: replace(endpoint, **said, log={**endpoint.log, **changes.get("log", {})}),
            if_revision,
        )

    def set_alias(
        self, user_id: str, name: str, alias: str, version: int | str, decision: Decision,
        if_revision: int | None = None,
    ) -> Endpoint:  # fmt: skip
        """Have an alias lead to a version, given by its number or by another alias. `champion` is what is served.

        Raises NotFound, Invalid BAD_ALIAS, Conflict TOO_MANY_ALIASES, PreconditionFailed.
        """
        check_alias(alias)

        def decide(endpoint: Endpoint) -> Change:
            number, _ = self.versions.resolve(endpoint, str(version))
            aliases = with_alias(endpoint, alias, number)
            return _change(
                decision, "alias.set", aliases, endpoint.traffic,
                alias=alias, from_version=endpoint.aliases.get(alias), to_version=number,
            )  # fmt: skip

        return self.rows.change(user_id, name, decide, if_revision)

    def delete_alias(
        self, user_id: str, name: str, alias: str, decision: Decision, if_revision: int | None = None
    ) -> Endpoint:
        """Delete an alias.

        Raises NotFound, Conflict ALIAS_NEEDED (champion) or ALIAS_IN_USE (by the traffic), PreconditionFailed.
        """

        def decide(endpoint: Endpoint) -> Change:
            aliases = without_alias(endpoint, alias)
            before = endpoint.aliases[alias]
            return _change(decision, "alias.delete", aliases, endpoint.traffic, alias=alias, from_version=before)

        return self.rows.change(user_id, name, decide, if_revision)

    def set_traffic(
        self, user_id: str, name: str, traffic: Traffic, decision: Decision, if_revision: int | None = None
    ) -> Endpoint:
        """Share out the requests. Raises NotFound, Invalid BAD_TRAFFIC, Conflict ALIAS_NEEDED, PreconditionFailed."""

        def decide(endpoint: Endpoint) -> Change:
            check_traffic(endpoint, traffic)
            return _change(decision, "traffic.set", endpoint.aliases, traffic)

        return self.rows.change(user_id, name, decide, if_revision)

    def rollback(
        self, user_id: str, name: str, decision: Decision, to: int | None = None, if_revision: int | None = None,
        key: str | None = None,
    ) -> Endpoint:  # fmt: skip
        """Put aliases and traffic back: as before the newest change of what is served, or as of the change `to`.

        It is a change like any other: rolling back twice in a row undoes the first time, unless the second has the
        Idempotency-Key `key` of the first.

        Raises NotFound, Conflict NOTHING_TO_ROLL_BACK, VERSION_GONE or IDEMPOTENCY_KEY_REUSED, PreconditionFailed.
        """
        endpoint = self.get(user_id, name)
        body = rows.digest(rows.dump([to, decision.why]))
        id, is_new = reserve(self.tables, user_id, f"rollback-{endpoint.id}", key, body, new_id())

        def decide(endpoint: Endpoint) -> Change:
            target = rollbacks.find_target(self.log, endpoint, to)
            state = rollbacks.restore(self.versions.rows, endpoint, target)
            figures = {"as_of": state.as_of, **({"left_out": state.left_out} if state.left_out else {})}
            return _change(
                replace(decision, figures={**decision.figures, **figures}), "rollback", state.aliases, state.traffic,
                alias=CHAMPION, from_version=endpoint.aliases.get(CHAMPION), to_version=state.aliases[CHAMPION],
            )  # fmt: skip

        return self.rows.change(user_id, name, decide, if_revision, id, endpoint.seq if is_new else 0)

    def changes(self, user_id: str, name: str, size: int, after: str | None = None) -> Page[Change]:
        """Return a page of the log of changes, newest first. Raises NotFound."""
        return self.log.page(self.get(user_id, name), size, after)

    def newest_change(self, endpoint: Endpoint) -> Change | None:
        """Return the newest change, without a read."""
        return self.log.newest(endpoint)


def _change(decision: Decision, action: str, aliases: dict[str, int], traffic: Traffic, **alias: Any) -> Change:
    return Change(
        0, now(), decision.by, action, aliases, traffic, why=decision.why, run=decision.run,
        evaluation=decision.evaluation, figures=decision.figures, **alias,
    )  # fmt: skip
