"""Sources as features by key ask for them, and what looks columns up in them, put together."""

from __future__ import annotations

from core.datasets.states import READY
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.lookups import Lookups
from core.endpoints.versions import Versions
from core.features.features import Features
from core.features.sources import Fetched, KeyedSource
from core.settings import Settings
from core.sources.fetches import Fetches
from core.sources.sources import Sources


class SourcesWithKeys:
    """The `KeyedSources` of a service."""

    def __init__(self, fetches: Fetches) -> None:
        self.fetches = fetches

    def find(self, user_id: str, source_id: str) -> KeyedSource | None:
        """Return the source, None if there is none, or it is being deleted."""
        source = self.fetches.rows.find(user_id, source_id)
        return None if source is None or source.once else KeyedSource(source.id, source.name, source.key)

    def newest(self, user_id: str, source_id: str) -> Fetched | None:
        """Return the newest dataset that is ready, None if there is none."""
        source = self.fetches.rows.find(user_id, source_id)
        found = self.fetches.good(source) if source else iter(())
        return next((Fetched(dataset, fetch.number) for fetch, dataset in found if dataset.state == READY), None)


def make_lookups(sources: Sources, endpoints: EndpointRows, versions: Versions, settings: Settings) -> Lookups:
    """Return what looks columns of endpoints up in sources."""
    keyed = SourcesWithKeys(sources.fetches)
    features = Features(endpoints.tables, sources.fetches.work, keyed, settings.serve_stale_s)
    lookups = Lookups(endpoints, versions, features)
    sources.deletion.also.append(lookups.source_deleted)
    return lookups
