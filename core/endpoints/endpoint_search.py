"""Endpoints by name and note."""

from __future__ import annotations

from core.domain.endpoints import Endpoint
from core.endpoints.endpoint_rows import is_there
from core.endpoints.endpoints import Endpoints
from core.storage import rows
from core.storage.rows import Page
from core.storage.search import matches


def search_endpoints(
    endpoints: Endpoints, user_id: str, size: int, after: str | None = None, *, search: str | None = None
) -> Page[Endpoint]:
    """Return a page of endpoints, by name, whose name, note or aliases hold all words."""
    if not search:
        return endpoints.page(user_id, size, after)

    def keeps(endpoint: Endpoint) -> bool:
        return is_there(endpoint) and matches(search, (endpoint.name, endpoint.note, *endpoint.aliases))

    return rows.page_where(endpoints.tables, Endpoint, rows.prefix("endpoint", user_id), size, after, keeps)
