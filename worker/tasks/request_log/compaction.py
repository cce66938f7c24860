"""Put the requests of a day together, in the parent: fetch the segments, store the file, have it count."""

from __future__ import annotations

from contextlib import suppress

from core.domain.records import Json
from core.errors import BlobMissing
from core.requests.compactions import DayRequests
from core.requests.segments import Segment
from worker.messages.of_kept_requests import CompactRequest, CompactResult
from worker.supervisor import TaskSupervisor


class CompactHandler:
    """Put a day together."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return how many requests the file has; nothing if there was nothing to do."""
        service, ref = supervisor.service, supervisor.ref
        day = service.compactions.find(ref)
        if day is None:
            return {}
        files = self._fetch(supervisor, day)
        result = supervisor.run(CompactRequest(files), CompactResult)
        if not result.rows:
            service.compactions.drop(day)
            return {}
        blob, intent = service.compactions.announce(day)
        info = supervisor.upload(blob, supervisor.folder / result.file)
        found = {"rows": result.rows, "first": result.first, "last": result.last}
        supervisor.retry_until_written(lambda: service.compactions.replace(day, info, found, intent))
        return {"rows": result.rows}

    def _fetch(self, supervisor: TaskSupervisor, day: DayRequests) -> list[str]:
        files = []
        sources = [each.segment for each in (*day.segments, day.together) if each is not None]
        for number, segment in enumerate(sources):
            name = f"{number}.{_suffix(segment)}"
            with suppress(BlobMissing):  # It is being deleted.
                supervisor.fetch(segment.blob, name, deletable=True)
                files.append(name)
        return files


def _suffix(segment: Segment) -> str:
    return "parquet" if segment.format == "parquet" else "jsonl.gz"
