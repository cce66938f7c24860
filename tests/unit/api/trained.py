"""Really trained little models, as the worker would leave them."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from automl import AutoML
from automl.io.csv_reader import read_csv
from core.domain.ids import new_id, now
from core.domain.records import Model
from core.service import Service
from core.storage import rows


@cache
def trained(target: str) -> tuple[bytes, dict[str, Any], dict[str, bytes]]:
    """A bundle, its summary and its documents: for `answer` (classes "yes" and "01"), or for `amount` (numbers)."""
    rng = random.Random(0)
    lines = ["size,colour,answer,amount"]
    for _ in range(120):
        size, colour = rng.gauss(0, 1), rng.choice(["red", "green"])
        answer = "yes" if size + (colour == "red") + rng.gauss(0, 0.3) > 0.5 else "01"
        lines.append(f"{size:.3f},{colour},{answer},{10 * size:.2f}")
    with TemporaryDirectory() as folder:
        table, model = Path(folder, "data.csv"), Path(folder, "model.nb")
        table.write_text("\n".join(lines))
        other = "amount" if target == "answer" else "answer"
        engine = AutoML(time_budget=3, models=["linear"], exclude_columns=[other])
        engine.fit(read_csv(table), target)
        engine.save(model)
        reference, digests = Path(folder, "reference"), Path(folder, "row_digests")
        engine.reference_.save(reference)
        engine.row_digests_.save(digests)
        documents = {each.name: each.read_bytes() for each in (reference, digests)}
        return model.read_bytes(), engine.summary_, documents


def bundle(target: str) -> tuple[bytes, dict[str, Any]]:
    """A bundle and its summary."""
    return trained(target)[:2]


def store(service: Service, user_id: str, target: str = "answer") -> Model:
    """The model as one of the user's."""
    data, summary, documents = trained(target)
    id = new_id()
    info = service.ports.blobs.write(f"{user_id}/models/{id}", [data])
    kept: dict[str, Any] = {}
    for name, content in documents.items():
        made = service.ports.blobs.write(f"{info.name}-{name}", [content])
        kept[name] = {"blob": made.name, "size_bytes": made.size_bytes, "sha256": made.sha256}
    model = Model(
        id, user_id, new_id(), new_id(), now(), info.name, info.size_bytes, info.sha256, summary, committed=True, **kept
    )
    service.ports.tables.put(rows.key("model", user_id, id), rows.dump(model))
    return model
