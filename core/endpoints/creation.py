"""Creation of an endpoint: its name is reserved first, then it shows all at once."""

from __future__ import annotations

import re
from dataclasses import replace

from core.domain.endpoints import CHAMPION, Change, Endpoint, NewVersion, Traffic
from core.domain.ids import new_id, now
from core.domain.records import Json
from core.endpoints.endpoint_rows import EndpointRows, is_there, key
from core.endpoints.log_columns import check_log_columns
from core.endpoints.signature import signature_of
from core.endpoints.versions import Versions
from core.errors import Conflict, Invalid, NotFound, RequestError
from core.limits.quotas import QuotaService, quota_exceeded
from core.ports import Tables
from core.storage import rows

DEFAULT_LOG: Json = {"sample": 1.0, "days": 30, "columns": None, "durable": False}

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class EndpointCreation:
    """Creates endpoints.

    The row first reserves the name. A reservation whose creation has crashed is taken over, and of two creations that
    go on at the same time the one that reserved last.
    """

    def __init__(self, tables: Tables, quotas: QuotaService, endpoints: EndpointRows, versions: Versions) -> None:
        self.tables = tables
        self.quotas = quotas
        self.rows = endpoints
        self.versions = versions

    def create(
        self, user_id: str, name: str, by: str, *, model_id: str | None = None, note: str = "", log: Json | None = None
    ) -> Endpoint:
        """Create an endpoint; the model, if one is given, becomes version 1 and champion."""
        check_name(name)
        if model_id is not None:
            check_log_columns(log, [signature_of(self.versions.models.get(user_id, model_id))])
        reserved = Endpoint(
            name, user_id, now(), 0, note=note, log={**DEFAULT_LOG, **(log or {})}, id=new_id(), creating=True
        )
        self._reserve(reserved)
        intent = self.rows.announcements.begin(reserved, 0)
        try:
            created = self._create(reserved, by, model_id)
        except RequestError:
            self.rows.announcements.drop(intent)
            raise
        self.rows.announcements.end(intent, created)
        return created

    def _create(self, reserved: Endpoint, by: str, model_id: str | None) -> Endpoint:
        user_id, name = reserved.user_id, reserved.name
        aliases = {}
        if model_id is not None:
            try:
                aliases[CHAMPION] = self.versions.add(reserved, NewVersion(model_id, by)).version
            except NotFound:
                self._release(reserved)
                if not self.versions.models.find(user_id, model_id):
                    raise
                raise _exists(name) from None
        alias = CHAMPION if aliases else None
        change = Change(
            0, now(), by, "endpoint.create", aliases, Traffic(),
            alias=alias, to_version=aliases.get(CHAMPION), id=new_id(),
        )  # fmt: skip
        created = replace(self.rows.log.append(reserved, change), creating=False)
        if rows.write_once(self.tables, key(user_id, name), rows.dump(created), rows.dump(reserved)):
            return created
        found = self.rows.find(user_id, name)  # It may have been written, unheard, and be changed already.
        if found is None or found.id != created.id:
            raise _exists(name)
        return found

    def _reserve(self, reserved: Endpoint) -> None:
        row = key(reserved.user_id, reserved.name)
        raw = self.tables.get(row)
        if raw is not None and is_there(rows.load(Endpoint, raw)):
            raise _exists(reserved.name)
        if not rows.write_once(self.tables, row, rows.dump(reserved), raw):
            raise _exists(reserved.name)
        most = self.quotas.for_user_id(reserved.user_id).endpoints
        # Counted after the write, so that of many at the same moment none gets through beyond it.
        if len(self.tables.scan(rows.prefix("endpoint", reserved.user_id), most + 1)) > most:
            self._release(reserved)
            raise quota_exceeded("endpoints", most, "Delete an endpoint that is no longer used.")

    def _release(self, reserved: Endpoint) -> None:
        self.tables.delete_if_unchanged(key(reserved.user_id, reserved.name), rows.dump(reserved))


def check_name(name: str) -> None:
    """Raise Invalid BAD_NAME if this cannot be the name of an endpoint."""
    if not _NAME.fullmatch(name):
        rule = "A name has 1 to 63 characters: letters a-z, digits and hyphens, and does not begin with a hyphen."
        raise Invalid("BAD_NAME", f"{name[:80]!r} cannot be the name of an endpoint. {rule}",
                      [{"field": "name", "detail": rule}])  # fmt: skip


def _exists(name: str) -> Conflict:
    detail = f"You have an endpoint {name!r} already. Choose another name, or register a version of that one."
    return Conflict("ENDPOINT_EXISTS", detail, [{"field": "name", "detail": "Taken."}])
