"""How long something stays as it is, on one's own clock: nobody compares wall clocks."""

from __future__ import annotations

from collections.abc import Callable


class Watch:
    """How long each row has been seen unchanged, on this process's own monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self.seen: dict[str, tuple[bytes, float]] = {}

    def unchanged_s(self, key: str, value: bytes) -> float:
        """Seconds since this watch first saw the row with these bytes."""
        now = self.monotonic()
        first = self.seen.get(key)
        if first is None or first[0] != value:
            self.seen[key] = (value, now)
            return 0.0
        return now - first[1]

    def again(self, key: str, value: bytes) -> None:
        """Begin to count anew."""
        self.seen[key] = (value, self.monotonic())

    def keep(self, keys: set[str]) -> None:
        """Forget rows that are gone."""
        self.seen = {key: seen for key, seen in self.seen.items() if key in keys}
