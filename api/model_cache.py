"""Keep loaded models while there is room: loading takes a hundred times as long as one prediction."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from core.domain.records import Model
from core.errors import Corrupted

M = TypeVar("M")

BYTES_PER_BUNDLE_BYTE = 4
"""Approximate bytes of memory for each byte of a bundle: a bundle is packed, a loaded tree is not."""


@dataclass(frozen=True)
class _Entry(Generic[M]):
    cost_bytes: int
    loaded: Future[M]


class ModelCache(Generic[M]):
    """A cache of models, the least recently used dropped first. Safe from several threads: each model is loaded once.

    Args:
        capacity_bytes: of memory, about; a model larger than all of it is kept alone.
        read: the bytes of a model's file.
        load: the model in its file.
    """

    def __init__(
        self, capacity_bytes: int, read: Callable[[Model], Iterator[bytes]], load: Callable[[Path, Model], M]
    ) -> None:
        self.capacity_bytes = capacity_bytes
        self.read = read
        self.load = load
        self.lock = threading.Lock()
        self.entries: OrderedDict[str, _Entry[M]] = OrderedDict()

    def get(self, model: Model) -> M:
        """Return the loaded model; wait while another thread loads it. Raises the errors of reading and loading."""
        with self.lock:
            entry = self.entries.get(model.id)
            if entry is not None:
                self.entries.move_to_end(model.id)
                mine = False
            else:
                entry, mine = _Entry(model.size_bytes * BYTES_PER_BUNDLE_BYTE, Future()), True
                self.entries[model.id] = entry
                self._make_room()
        if mine:
            self._fill(model, entry)
        return entry.loaded.result()

    def _make_room(self) -> None:
        taken = sum(entry.cost_bytes for entry in self.entries.values())
        while taken > self.capacity_bytes and len(self.entries) > 1:
            taken -= self.entries.popitem(last=False)[1].cost_bytes

    def _fill(self, model: Model, entry: _Entry[M]) -> None:
        try:
            entry.loaded.set_result(self._fetch(model))
        except BaseException as exc:
            with self.lock:  # the next one tries again
                if self.entries.get(model.id) is entry:
                    del self.entries[model.id]
            entry.loaded.set_exception(exc)

    def _fetch(self, model: Model) -> M:
        with tempfile.TemporaryDirectory(prefix="nobrains-model-") as folder:
            path, digest = Path(folder, "model.nb"), hashlib.sha256()
            with path.open("wb") as file:
                for chunk in self.read(model):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != model.sha256:
                raise Corrupted(f"the bundle of model {model.id} differs from what was trained")
            return self.load(path, model)
