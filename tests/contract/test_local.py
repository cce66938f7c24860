from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.queue.local import LocalQueue
from core.ports import JobQueue
from tests.contract.queue_contract import QueueContract


class TestLocalQueue(QueueContract):
    @pytest.fixture
    def queue(self, tmp_path: Path) -> Iterator[LocalQueue]:
        self.path = tmp_path / "queue.db"
        LocalQueue.initialize(self.path)
        queue = LocalQueue(self.path)
        yield queue
        queue.close()

    def connect(self, queue: JobQueue) -> JobQueue:
        return LocalQueue(self.path)
