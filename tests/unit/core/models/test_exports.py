"""The file that serves a model: requested without waiting, found once a worker has made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain.records import Json, Model
from core.errors import failure
from core.models.exports import (
    MAX_PARITY,
    SERVING,
    ExportSpec,
    NoServingFile,
    ServingFile,
    export_prefix,
    export_ref,
    serving_ref,
)
from core.ports import PROFILE_QUEUE, BlobInfo
from core.storage import rows
from tests.unit.core.models.test_models import make_model

if TYPE_CHECKING:
    from core.tasks.lifecycle import ClaimedTask
    from tests.unit.core.conftest import World


@pytest.fixture
def model(world: World) -> Model:
    return make_model(world)


def claim(world: World) -> ClaimedTask:
    claimed = world.claim(PROFILE_QUEUE)
    assert claimed is not None
    return claimed


def made(world: World, model: Model, parity: float | None) -> BlobInfo:
    """What the worker does that has claimed the task."""
    info = world.service.ports.blobs.write(f"{export_prefix(model.user_id, model.id)}1.onnx", [b"graph"])
    result: Json = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    world.service.work.succeed(claim(world), result if parity is None else {**result, "parity": parity})
    return info


def test_it_is_ready_once_a_worker_has_made_it(world: World, model: Model) -> None:
    exports = world.service.exports
    assert exports.ready(model) is None
    exports.request(model)
    assert exports.ready(model) is None
    assert exports.spec_of(serving_ref(model)) == ExportSpec(model.id, format=SERVING)
    info = made(world, model, 1e-7)
    assert exports.ready(model) == ServingFile(info, 1e-7)


def test_requested_again_it_is_made_once(world: World, model: Model) -> None:
    exports = world.service.exports
    for _ in range(3):
        exports.request(model)
    made(world, model, 0.0)
    exports.request(model)
    assert world.claim(PROFILE_QUEUE) is None
    assert exports.ready(model) is not None


@pytest.mark.parametrize("parity", [2 * MAX_PARITY, float("inf"), None])
def test_a_file_that_answers_otherwise_never_serves(world: World, model: Model, parity: float | None) -> None:
    world.service.exports.request(model)
    made(world, model, parity)
    assert world.service.exports.ready(model) is None
    assert isinstance(world.service.exports.verdict(model), NoServingFile)


def test_what_no_graph_can_express_is_not_tried_again(world: World, model: Model) -> None:
    exports = world.service.exports
    exports.request(model)
    world.service.work.fail(claim(world), failure("ONNX_CANNOT_EXPRESS", "It reads text.", ""))
    exports.request(model)
    assert world.claim(PROFILE_QUEUE) is None
    assert exports.verdict(model) == NoServingFile("ONNX_CANNOT_EXPRESS", "It reads text.")


def test_what_a_crash_broke_off_is_tried_again(world: World, model: Model) -> None:
    exports = world.service.exports
    exports.request(model)
    world.service.work.fail(claim(world), failure("OUT_OF_MEMORY", "It died.", ""))
    assert exports.verdict(model) is None
    exports.request(model)
    assert claim(world).ref == serving_ref(model)


def test_the_file_for_download_is_another(world: World, model: Model) -> None:
    assert serving_ref(model) != export_ref(model, None)
    world.service.exports.request(model)
    assert world.service.work.state(export_ref(model, None)) is None


def test_it_goes_with_its_model(world: World, model: Model) -> None:
    world.service.exports.request(model)
    info = made(world, model, 0.0)
    world.service.eraser.model(world.user.id, model.id)
    assert world.service.ports.blobs.stat(info.name) is None
    assert world.service.work.state(serving_ref(model)) is None


def test_one_requested_as_its_model_goes_leaves_nothing(world: World, model: Model) -> None:
    world.service.eraser.model(world.user.id, model.id)
    world.service.exports.request(model)  # by a predictor that has just read the model
    assert world.claim(PROFILE_QUEUE) is None
    world.sweep()
    assert world.service.work.state(serving_ref(model)) is None
    assert world.service.ports.tables.get(rows.key("export", world.user.id, serving_ref(model).id)) is None
