"""What features ask of sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.records import Dataset


@dataclass(frozen=True)
class KeyedSource:
    """A source whose rows may be looked up.

    Attributes:
        key: the columns by which its rows are told apart; [] for a source whose rows cannot be looked up.
    """

    id: str
    name: str
    key: Sequence[str]


@dataclass(frozen=True)
class Fetched:
    """The newest dataset of a source that is ready, and the number of the fetch that has brought it."""

    dataset: Dataset
    fetch: int


class KeyedSources(Protocol):
    """Sources, as far as features are concerned."""

    def find(self, user_id: str, source_id: str) -> KeyedSource | None:
        """Return the source, None if there is none, or it is being deleted."""

    def newest(self, user_id: str, source_id: str) -> Fetched | None:
        """Return the newest dataset that is ready, None if there is none."""
