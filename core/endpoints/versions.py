"""Use cases around the versions of an endpoint: register a model, find, list, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace

from core.domain.endpoints import CHAMPION, Endpoint, EndpointVersion, NewVersion
from core.domain.ids import new_id, now
from core.domain.records import Json, Model
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.model_use import ModelUse
from core.endpoints.routing import MAX_DIGITS, named_version
from core.endpoints.signature import check_signature, signature_of
from core.endpoints.traffic import aliases_of
from core.endpoints.version_rows import BATCH, VersionRows
from core.errors import Conflict, NotFound, RequestError, Unavailable, format_names
from core.models.decision_rules import check_rule
from core.models.exports import Exports
from core.models.models import Models
from core.ports import Tables
from core.storage import rows
from core.storage.idempotency import reserve, reserved
from core.storage.rows import Page


class Versions:
    """The versions of a user's endpoints."""

    def __init__(self, tables: Tables, models: Models, exports: Exports, endpoints: EndpointRows) -> None:
        self.tables = tables
        self.models = models
        self.exports = exports
        self.endpoints = endpoints
        self.rows = VersionRows(tables)
        self.use = ModelUse(tables, endpoints, self.rows)

    def register(
        self, user_id: str, name: str, new: NewVersion, *, force_signature: bool = False, key: str | None = None
    ) -> EndpointVersion:
        """Make a model the next version; no alias leads to it yet.

        Args:
            user_id: whose endpoint it is.
            name: of the endpoint.
            new: the model, and what is said of it.
            force_signature: whether to take a model that callers of now could not use as they do.
            key: Idempotency-Key; the same key and words return the first version again.

        Raises NotFound, and Conflict SIGNATURE_DIFFERS, with the differences, if callers of the champion (of the newest
        version where there is no champion) could not use the model as they do; IDEMPOTENCY_KEY_REUSED. Raises Invalid
        where its own decision rule does not suit the model.
        """
        endpoint = self.endpoints.get(user_id, name)
        kind = f"versions-{endpoint.id}"
        said = {word: value for word, value in asdict(new).items() if word != "by"}
        body = rows.digest(rows.dump([said, force_signature]))
        before = self.rows.newest(endpoint)
        known = reserved(self.tables, user_id, kind, key, body)
        if known and (earlier := self.rows.find_by_id(endpoint, known, range(1, before + 1))):
            return self.of(endpoint, earlier.version)
        model = self.models.get(user_id, new.model_id)
        if new.decision is not None:
            new = replace(new, decision=check_rule(model, new.decision))
        signature = signature_of(model)
        if not force_signature:
            self._check(endpoint, signature)
        id, is_new = reserve(self.tables, user_id, kind, key, body, new_id())
        intent = self.endpoints.announcements.begin(endpoint, before)
        try:
            added = self.add(endpoint, new, id, before if is_new else 0)
        except RequestError:
            self.endpoints.announcements.drop(intent)
            raise
        self.endpoints.announcements.end(intent, endpoint)
        return added

    def _check(self, endpoint: Endpoint, signature: Json) -> None:
        number = endpoint.aliases.get(CHAMPION) or self.rows.newest(endpoint)
        if reference := self.rows.find(endpoint, number):
            check_signature(reference.signature, signature, f"version {number}")

    def add(self, endpoint: Endpoint, new: NewVersion, id: str | None = None, before: int = 0) -> EndpointVersion:
        """Write the next version of an endpoint, which may still be in the making; have its model's serving file made.

        Args:
            endpoint: the endpoint.
            new: the model, and what is said of it.
            id: of the version. If there is one with this id already, as the same request is under way elsewhere, it is
                that one; None for an id that nobody else has.
            before: number of the newest version before the id was given.

        Raises NotFound.
        """
        newest = self.rows.newest(endpoint)
        if id is None:
            id = new_id()
        elif earlier := self.rows.find_by_id(endpoint, id, range(before + 1, newest + 1)):
            return earlier
        number = newest + 1
        while True:
            self.use.announce(endpoint, new.model_id, number)
            model = self.models.get(endpoint.user_id, new.model_id)  # After it was announced, as `ModelUse` says.
            slot = self.rows.slot(endpoint, number)
            if slot.version is not None:
                if slot.version.id == id:
                    return slot.version
                number += 1
                continue
            if not self.endpoints.is_current(endpoint):  # After the slot was read: see `VersionRows`.
                raise NotFound("endpoint", endpoint.name)
            version = _version(endpoint, number, model, new, id)
            if self.rows.write(endpoint, version, slot):
                if endpoint.runtime == "auto":
                    with suppress(Unavailable):  # Whatever predicts with it requests it again.
                        self.exports.request(model)
                return version

    def resolve(self, endpoint: Endpoint, ref: str | None) -> tuple[int, str | None]:
        """Return the number of the version that a number or an alias means, and the alias; None is the champion.

        Raises NotFound.
        """
        number, alias = named_version(endpoint, ref)
        if alias is None:
            self.of(endpoint, number)
        return number, alias

    def of(self, endpoint: Endpoint, version: int) -> EndpointVersion:
        """Return a version of the endpoint; raises NotFound."""
        found = self.rows.find(endpoint, version) if 0 < version < 10**MAX_DIGITS else None
        if found is None:
            raise NotFound("version", f"{endpoint.name}/{version}")
        return found

    def get(self, user_id: str, name: str, version: int) -> EndpointVersion:
        """Return a version; raises NotFound."""
        return self.of(self.endpoints.get(user_id, name), version)

    def page(self, user_id: str, name: str, size: int, after: str | None = None) -> Page[EndpointVersion]:
        """Return a page of versions, newest first. Raises NotFound."""
        return self.rows.page(self.endpoints.get(user_id, name), size, after)

    def all_of(self, endpoint: Endpoint) -> Iterator[EndpointVersion]:
        """Yield all versions of an endpoint, newest first."""
        page = self.rows.page(endpoint, BATCH)
        yield from page.items
        while page.next is not None:
            page = self.rows.page(endpoint, BATCH, page.next)
            yield from page.items

    def delete(self, user_id: str, name: str, version: int, if_revision: int | None = None) -> None:
        """Delete a version; its model stays, and its number is not given again.

        The endpoint's row says that the version is being deleted until the version's own does: so an alias is moved to
        it before, and then it is not deleted, or not at all.

        Raises NotFound, and Conflict VERSION_IN_USE while an alias leads to it.
        """

        def retire(endpoint: Endpoint) -> Endpoint:
            if version in endpoint.retired:
                return endpoint  # An earlier deletion crashed.
            self.of(endpoint, version)
            if aliases := aliases_of(endpoint, version):
                leads = f"the alias {aliases[0]!r} leads" if len(aliases) == 1 else f"{format_names(aliases)} lead"
                detail = f"Version {version} cannot be deleted while {leads} to it. Move or delete what leads to it."
                raise Conflict("VERSION_IN_USE", detail)
            return replace(endpoint, retired=[*endpoint.retired, version])

        endpoint = self.endpoints.alter(user_id, name, retire, if_revision)
        done = set(endpoint.retired)
        for number in done:
            self.rows.mark_deleted(endpoint, number)
        self.endpoints.alter(
            user_id, name, lambda found: replace(found, retired=[n for n in found.retired if n not in done])
        )


def _version(endpoint: Endpoint, number: int, model: Model, new: NewVersion, id: str) -> EndpointVersion:
    return EndpointVersion(
        endpoint=endpoint.name,
        user_id=endpoint.user_id,
        version=number,
        model_id=model.id,
        created_at=now(),
        by=new.by,
        note=new.note,
        tags=dict(new.tags),
        why=new.why,
        run=new.run,
        gate=new.gate,
        decision=new.decision if new.has_own_decision else model.decision,
        signature=signature_of(model),
        endpoint_id=endpoint.id,
        id=id,
    )
