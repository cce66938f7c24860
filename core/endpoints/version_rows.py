"""The rows of an endpoint's versions. They are numbered without a gap, and none is deleted before the endpoint is.

Of two writers who want the same number the one gets it that creates the row. What an endpoint of the same name left
behind, before it was deleted, holds no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.endpoints import CHAMPION, Endpoint, EndpointVersion
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

BATCH = 100


@dataclass(frozen=True)
class Slot:
    """What stands under a number: the bytes, and the version, if it is one of this endpoint."""

    raw: bytes | None
    version: EndpointVersion | None


class VersionRows:
    """Reads and writes them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def slot(self, endpoint: Endpoint, number: int) -> Slot:
        """Return what stands under the number."""
        raw = self.tables.get(key(endpoint, number))
        return Slot(raw, _own(endpoint, raw))

    def find(self, endpoint: Endpoint, number: int) -> EndpointVersion | None:
        """Return the version, None if there is none or it was deleted."""
        version = None if number in endpoint.retired else self.slot(endpoint, number).version
        return None if version is None or version.deleted else version

    def champions(self, endpoints: Sequence[Endpoint]) -> dict[str, EndpointVersion]:
        """Return the champions of the endpoints that have one, by the endpoint's name; they are read in one go."""
        keys = {endpoint.name: key(endpoint, endpoint.aliases[CHAMPION]) for endpoint in endpoints
                if CHAMPION in endpoint.aliases}  # fmt: skip
        found = self.tables.get_many(list(keys.values())) if keys else {}
        versions = {each.name: _own(each, found.get(keys[each.name])) for each in endpoints if each.name in keys}
        return {name: version for name, version in versions.items() if version is not None}

    def find_by_id(self, endpoint: Endpoint, id: str, numbers: range) -> EndpointVersion | None:
        """Return the version among these numbers that has the id, deleted or not; None if none has."""
        for start in range(0, len(numbers), BATCH):
            keys = [key(endpoint, number) for number in numbers[start : start + BATCH]]
            for raw in self.tables.get_many(keys).values():
                version = _own(endpoint, raw)
                if version is not None and version.id == id:
                    return version
        return None

    def newest(self, endpoint: Endpoint) -> int:
        """Return the highest number that was given, deleted versions included; 0 if none was."""
        low, high = 0, 1
        while self.slot(endpoint, high).version is not None:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            if self.slot(endpoint, middle).version is None:
                high = middle
            else:
                low = middle
        return low

    def write(self, endpoint: Endpoint, version: EndpointVersion, slot: Slot) -> bool:
        """Write the version if its slot still is as it was read; False otherwise. Its bytes must be its own."""
        return rows.write_once(self.tables, key(endpoint, version.version), rows.dump(version), slot.raw)

    def mark_deleted(self, endpoint: Endpoint, number: int) -> None:
        """Set the tombstone; setting it again does no harm."""
        while (version := (slot := self.slot(endpoint, number)).version) is not None and not version.deleted:
            if self.write(endpoint, replace(version, deleted=True), slot):
                return

    def page(self, endpoint: Endpoint, size: int, after: str | None = None) -> Page[EndpointVersion]:
        """Return a page of versions, newest first; deleted ones are left out, so that it may be short."""
        known = int(after) if after is not None and after.isascii() and after.isdigit() else None
        end = self.newest(endpoint) if known is None else known - 1
        start = max(0, end - size)
        keys = [key(endpoint, number) for number in range(end, start, -1)]
        found = self.tables.get_many(keys) if keys else {}
        versions = [version for name in keys if (version := _own(endpoint, found.get(name)))]
        shown = [each for each in versions if not each.deleted and each.version not in endpoint.retired]
        return Page(shown, str(start + 1) if start else None)


def key(endpoint: Endpoint, number: int) -> str:
    """Return the key of a version's row."""
    return rows.key("version", endpoint.user_id, endpoint.name, number)


def _own(endpoint: Endpoint, raw: bytes | None) -> EndpointVersion | None:
    version = None if raw is None else rows.load(EndpointVersion, raw)
    return version if version is not None and version.endpoint_id == endpoint.id else None
