"""Dead letters of messages from outside: each as it came, with the reason."""

from __future__ import annotations

from dataclasses import replace

from core.message_ports import DEAD, HeldMessage, MessageQueue

REASON, DETAIL = "nobrains-reason", "nobrains-detail"
"""Headers of a dead letter: why it is one."""
MAX_DETAIL_LENGTH = 1000


def put_aside(queue: MessageQueue, held: HeldMessage, reason: str, detail: str) -> None:
    """Move a message to the dead letters of its queue. Raises Unavailable: it is held still."""
    # The credential has been checked or refused: it is nobody's business who reads dead letters.
    kept = {name: value for name, value in held.message.headers.items() if name.lower() != "authorization"}
    headers = {**kept, REASON: reason, DETAIL: detail[:MAX_DETAIL_LENGTH]}
    queue.publish(held.queue + DEAD, replace(held.message, headers=headers))
    held.ack()
