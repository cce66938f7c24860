"""What this process knows of endpoints and their versions: for a second, and for longer while the tables are away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.domain.endpoints import Endpoint
from core.domain.records import Model
from core.errors import NotFound
from core.service import Service
from core.storage.fresh_cache import FreshCache

_EndpointKey = tuple[str, str]
_VersionKey = tuple[str, str, str, int]


class KnownVersions:
    """Endpoints by name, and the models of their versions by number.

    Args:
        service: whose endpoints and models they are.
        prepare: called with what was read of an endpoint, before it counts.

    """

    def __init__(self, service: Service, prepare: Callable[[Endpoint], None]) -> None:
        self._service = service
        self._prepare = prepare
        stale_s = service.settings.serve_stale_s
        self._endpoints: FreshCache[_EndpointKey, Endpoint] = FreshCache("endpoints", self._read_endpoint, stale_s)
        self._models: FreshCache[_VersionKey, Model] = FreshCache("versions", self._read_model, stale_s)

    def endpoint(self, user_id: str, name: str) -> Endpoint:
        """Return the endpoint as it stood a second ago, or now. Raises NotFound."""
        return self._endpoints.get((user_id, name))

    def model(self, endpoint: Endpoint, version: int) -> Model:
        """Return the record of the model that is this version, with the version's decision rule. Raises NotFound."""
        return self._models.get((endpoint.user_id, endpoint.name, endpoint.id, version))

    def _read_endpoint(self, key: _EndpointKey) -> Endpoint:
        endpoint = self._service.endpoints.get(*key)
        self._prepare(endpoint)
        return endpoint

    def _read_model(self, key: _VersionKey) -> Model:
        user_id, name, endpoint_id, number = key
        endpoint = self._service.endpoints.get(user_id, name)
        if endpoint.id != endpoint_id:  # Another one has its name now.
            raise NotFound("version", f"{name}/{number}")
        version = self._service.versions.of(endpoint, number)
        return replace(self._service.models.get(user_id, version.model_id), decision=version.decision)
