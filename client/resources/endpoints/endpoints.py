"""Put models into production under a name: endpoints, as the client lists, makes and opens them."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Conflict
from ...types.endpoints.endpoints import EndpointInfo
from ...types.models import Model
from .._base import Resource, id_of, options_given
from .endpoint import Endpoint


class EndpointResource(Resource):
    """Group the calls that find and make endpoints; `Endpoint` has those of one."""

    def endpoints(self) -> Iterator[EndpointInfo]:
        """Yield all endpoints, as they are now."""
        return map(EndpointInfo.from_json, self._transport.fetch_items("/endpoints"))

    def endpoint(self, endpoint: str | EndpointInfo) -> Endpoint:
        """Return the calls of one endpoint. No request is sent yet.

        Args:
            endpoint: Name of the endpoint, or its record.

        Example:
            >>> client.endpoint("tables")
            Endpoint('tables')
        """
        return Endpoint(self._transport, endpoint if isinstance(endpoint, str) else endpoint.name)

    def create_endpoint(
        self, name: str, model: str | Model | None = None, *, note: str = "", exist_ok: bool = False
    ) -> Endpoint:
        """Make an endpoint.

        Args:
            name: 1 to 63 lowercase letters, digits and dashes; no dash at the beginning.
            model: The model that becomes version 1 and is served; None makes an endpoint without one.
            note: What it is for.
            exist_ok: Whether to return an endpoint of this name that is there already, without changing it.

        Returns:
            The endpoint.

        Raises:
            Conflict: There is an endpoint of this name, and `exist_ok` is false.
            NotFound: There is no such model.
            ValidationFailed: The name has other characters.

        Example:
            >>> endpoint = client.create_endpoint("smokers", model)
            >>> endpoint.predict([guest]).predictions[0] in model.classes
            True
            >>> endpoint.delete()
        """
        body = options_given(name=name, note=note or None, model_id=None if model is None else id_of(model))
        try:
            self._transport.fetch("POST", "/endpoints", json_body=body)
        except Conflict as exc:
            if not (exist_ok and exc.reason == "ENDPOINT_EXISTS"):
                raise
        return Endpoint(self._transport, name)
