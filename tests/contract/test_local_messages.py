from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.queue import local_messages
from backends.queue.local_messages import LocalMessages
from core.errors import StorageFull
from core.message_ports import DEAD, Message, MessageQueue
from tests.contract.messages_contract import FULL, QUEUE, MessagesContract, take


class TestLocalMessages(MessagesContract):
    @pytest.fixture
    def queue(self, tmp_path: Path) -> Iterator[LocalMessages]:
        self.path = tmp_path / "messages.db"
        LocalMessages.initialize(self.path)
        queue = LocalMessages(self.path)
        yield queue
        queue.close()

    def connect(self, queue: MessageQueue) -> MessageQueue:
        return LocalMessages(self.path)

    def test_a_message_that_ends_all_its_takers_is_a_dead_letter(self, queue: LocalMessages) -> None:
        queue.publish(QUEUE, FULL)
        for _ in range(local_messages.MAX_DELIVERIES):
            taker = self.connect(queue)
            take(taker)
            taker.close()
        assert queue.take([QUEUE], 1, 0) == []
        assert queue.pop(QUEUE + DEAD, 2) == [FULL]

    def test_a_full_queue_says_so(self, queue: LocalMessages, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local_messages, "MAX_LENGTH", 1)
        queue.publish(QUEUE, FULL)
        with pytest.raises(StorageFull, match="full"):
            queue.publish(QUEUE, FULL)

    def test_a_reply_reaches_none_of_the_services_own_queues(self, queue: LocalMessages) -> None:
        assert queue.reply(QUEUE, Message(b"hello"))
        assert queue.depth(QUEUE) == 0
