"""Which models are versions of endpoints, so that none of them is deleted.

A row `modelwork#user#model#endpoint:name:7` is written before the version is, and the model is looked at in between. So
a deletion of the model that sets its tombstone first, and then looks for such rows, either finds the row or is found.
A row may be left by a registration that crashed or was too late: it says where to look, no more.
"""

from __future__ import annotations

from core.domain.endpoints import Endpoint, EndpointVersion
from core.domain.ids import new_id, now
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.version_rows import VersionRows
from core.errors import Conflict
from core.ports import Tables
from core.storage import rows

MARK = "endpoint:"


class ModelUse:
    """Tells which versions use a model."""

    def __init__(self, tables: Tables, endpoints: EndpointRows, versions: VersionRows) -> None:
        self.tables = tables
        self.endpoints = endpoints
        self.versions = versions

    def announce(self, endpoint: Endpoint, model_id: str, number: int) -> None:
        """Write down that the model is about to be this version. It is looked at afterwards."""
        key = rows.key("modelwork", endpoint.user_id, model_id, f"{MARK}{endpoint.name}:{number}")
        self.tables.put(key, endpoint.id.encode())

    def check_unused(self, user_id: str, model_id: str) -> None:
        """Raise Conflict MODEL_IN_USE if a version uses the model.

        Once a tombstone was set and this has returned, no version of the model comes into being.
        """
        start = rows.prefix("modelwork", user_id, model_id) + MARK
        for row in rows.scan_all(self.tables, start):
            name, number = row.key.removeprefix(start).rsplit(":", 1)
            endpoint = self.endpoints.current(user_id, name)
            if endpoint is not None and self._uses(endpoint, int(number), model_id, row.value.decode()):
                raise Conflict(
                    "MODEL_IN_USE",
                    f"This model is version {number} of the endpoint {name!r}. Delete that version first.",
                )

    def _uses(self, endpoint: Endpoint, number: int, model_id: str, announced_for: str) -> bool:
        """Return whether the version is this model. A number that is free is used up, so that it never will be."""
        while True:
            slot = self.versions.slot(endpoint, number)
            if (version := slot.version) is not None:
                return version.model_id == model_id and not version.deleted and number not in endpoint.retired
            if announced_for != endpoint.id or not self.endpoints.is_current(endpoint):
                return False
            void = EndpointVersion(
                endpoint.name,
                endpoint.user_id,
                number,
                "",
                now(),
                "",
                endpoint_id=endpoint.id,
                id=new_id(),
                deleted=True,
            )
            if self.versions.write(endpoint, void, slot):
                return False
