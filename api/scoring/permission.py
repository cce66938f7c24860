"""Whether a message may be predicted by an endpoint."""

from __future__ import annotations

from api.middleware.auth import BEARER_KINDS
from api.middleware.scopes import check_scope
from core.accounts.credentials import Principal
from core.domain.endpoints import Endpoint
from core.errors import Unauthorized
from core.message_ports import Message
from core.service import Service

VIEW = "endpoint_predict.predict"
"""A key that may not do this may not have messages predicted either."""
HEADER = "authorization"


def check_permission(service: Service, endpoint: Endpoint, message: Message) -> Principal | None:
    """Return who sends the message, None for one without a credential.

    Without a credential the broker has decided: whoever may publish into the queue may have rows predicted, unless the
    setting `scoring_keys` asks for a key with each message.

    Raises Unauthorized or Forbidden if the message has a credential that does not do, or lacks one that it needs.
    """
    sent = next((value for name, value in message.headers.items() if name.lower() == HEADER), None)
    if sent is None:
        if service.settings.scoring_keys == "required":
            raise Unauthorized()
        return None
    scheme, _, secret = sent.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized()
    principal = service.accounts.authenticate(secret.strip(), BEARER_KINDS, remembered=True)
    if principal.user.id != endpoint.user_id:
        raise Unauthorized()
    check_scope(principal, VIEW, {"name": endpoint.name})
    return principal
