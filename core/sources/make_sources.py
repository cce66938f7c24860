"""Sources, put together over the parts of the service that they rest on."""

from __future__ import annotations

from core.datasets.datasets import Datasets
from core.limits.outgoing import OutgoingPolicy
from core.ports import Ports
from core.requests.gatherings import Gatherings
from core.settings import Settings
from core.sources.assemblies import Assemblies
from core.sources.awaited_data import AwaitedData
from core.sources.fetches import Fetches
from core.sources.recording import FetchRecorder
from core.sources.refreshing import SourceRefreshes
from core.sources.source_checks import SourceChecks
from core.sources.source_deletion import SourceDeletion
from core.sources.source_rows import SourceRows
from core.sources.sources import Sources


def make_sources(ports: Ports, settings: Settings, datasets: Datasets, gatherings: Gatherings) -> Sources:
    """Return the use cases around sources."""
    source_rows, work = SourceRows(ports.tables), datasets.work
    fetches = Fetches(source_rows, work, datasets)
    assemblies = Assemblies(ports, work, datasets, datasets.quotas)
    recorder = FetchRecorder(ports, fetches, datasets, assemblies, gatherings)
    checks = SourceChecks(ports.tables, work, source_rows)
    awaited, deletion = AwaitedData(fetches), SourceDeletion(source_rows, work, checks)
    policy = OutgoingPolicy.of(settings)
    made = Sources(source_rows, policy, gatherings.endpoints, recorder, checks, deletion, awaited)
    made.plan = SourceRefreshes(fetches).plan
    return made
