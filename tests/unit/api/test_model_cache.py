"""Loaded models are kept while there is room, and each is loaded once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from api.model_cache import BYTES_PER_BUNDLE_BYTE, ModelCache
from core.domain.records import Model
from core.errors import Corrupted
from core.storage.rows import digest


class Shelf:
    """Bundles by id, and how often each was loaded."""

    def __init__(self, capacity: int) -> None:
        self.loads: list[str] = []
        self.cache = ModelCache(capacity * BYTES_PER_BUNDLE_BYTE, lambda model: iter([model.id.encode()]), self.load)

    def load(self, path: Path, model: Model) -> str:
        content = path.read_text()
        self.loads.append(content)
        return content

    def get(self, id: str) -> str:
        return self.cache.get(record(id))


def record(id: str) -> Model:
    return Model(id, "user", "job", "dataset", "", f"blob/{id}", len(id), digest(id), {})


def test_least_recently_used_goes_first() -> None:
    shelf = Shelf(capacity=3)
    for id in "abcabdab":
        assert shelf.get(id) == id
    assert "".join(shelf.loads) == "abcd"
    assert shelf.get("c") == "c"
    assert "".join(shelf.loads) == "abcdc"


def test_a_model_larger_than_the_room_is_kept_alone() -> None:
    shelf = Shelf(capacity=2)
    for id in ["a", "large", "large"]:
        shelf.get(id)
    assert shelf.loads == ["a", "large"]


def test_many_at_once_load_once() -> None:
    shelf, together = Shelf(capacity=9), Barrier(8)

    def get(_: int) -> str:
        together.wait()
        return shelf.get("a")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(get, range(8))) == {"a"}
    assert shelf.loads == ["a"]


def test_damaged_bytes_are_refused_and_tried_again() -> None:
    shelf = Shelf(capacity=9)
    for _ in range(2):
        with pytest.raises(Corrupted):
            shelf.cache.get(replace(record("a"), sha256=digest("b")))
    assert shelf.get("a") == "a"
    assert shelf.loads == ["a"]
