"""Endpoints and the models they serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from core.domain.endpoints import Decision, EndpointVersion, NewVersion
from core.domain.ids import new_id, now
from core.domain.records import Model
from core.errors import NotFound
from core.storage import rows

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

BY = Decision("user/ada")
SUMMARY = {
    "task": "binary",
    "target": "bought",
    "classes": ["no", "yes"],
    "features": [
        {"name": "age", "type": "number", "required": True},
        {"name": "city", "type": "category", "required": False},
    ],
}


class Served:
    """A user with models and an endpoint `income`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service = world.service
        self.user_id = world.user.id

    def model(self, **summary: Any) -> Model:
        id = new_id()
        model = Model(id, self.user_id, "job", "dataset", now(), f"{self.user_id}/models/{id}", 5, "",
                      {**SUMMARY, **summary}, committed=True)  # fmt: skip
        self.service.ports.blobs.write(model.blob, iter([b"model"]))
        self.service.ports.tables.put(rows.key("model", self.user_id, id), rows.dump(model))
        return model

    def version(self, name: str = "income", *, force: bool = False, **summary: Any) -> EndpointVersion:
        new = NewVersion(self.model(**summary).id, "user/ada")
        return self.service.versions.register(self.user_id, name, new, force_signature=force)

    def endpoint(self, versions: int = 1, name: str = "income") -> None:
        """Make an endpoint of so many versions, of which the first is champion."""
        self.service.endpoints.create(self.user_id, name, "user/ada", model_id=self.model().id if versions else None)
        for _ in range(versions - 1):
            self.version(name)

    def promote(self, version: int | str, alias: str = "champion", **more: Any) -> None:
        self.service.endpoints.set_alias(self.user_id, "income", alias, version, BY, **more)

    @property
    def aliases(self) -> dict[str, int]:
        return self.service.endpoints.get(self.user_id, "income").aliases

    def is_missing(self, call: Callable[[], object]) -> bool:
        try:
            call()
        except NotFound:
            return True
        return False


@pytest.fixture
def served(world: World) -> Served:
    return Served(world)
