"""Pages about models and datasets never outlive what they tell of."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.datasets import profile_ref
from core.domain.records import Dataset, Json, Model
from core.storage import blob_intents, rows
from core.tasks.lifecycle import ClaimedTask
from tests.unit.core.conftest import World


def profiled(world: World, dataset: Dataset, name: str) -> Dataset:
    """With a report, written as a worker would."""
    blob, key = f"{world.user.id}/reports/{name}", rows.key("dataset", world.user.id, dataset.id)
    intent = blob_intents.record(world.service.ports.tables, blob, key)
    info = world.service.ports.blobs.write(blob, iter([b"<p>"]))
    report: Json = {"blob": blob, "size_bytes": info.size_bytes, "sha256": info.sha256}
    found: Json = {"rows": 3, "columns": [{"name": name} for name in dataset.header], "warnings": []}
    world.service.datasets.record_profile(profile_ref(dataset), found, None, report)
    after = world.service.datasets.get(world.user.id, dataset.id)
    if after.report == report:
        blob_intents.confirm(world.service.ports.tables, intent)
    return after


def reports(world: World) -> list[str]:
    return list(world.service.ports.blobs.names(f"{world.user.id}/reports/"))


def test_a_correction_takes_the_old_page_away(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    dataset = profiled(world, world.upload(ready=False), "first")
    corrected = world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "category"}})
    assert corrected.report is None
    second = profiled(world, corrected, "second")
    world.sweep(after_s=120)
    assert reports(world) == [f"{world.user.id}/reports/second"]
    assert second.report is not None
    assert world.service.datasets.files.report(second).name == second.report["blob"]
    assert list(rows.scan_all(world.service.ports.tables, "intent#")) == []


def test_a_page_of_an_older_revision_goes(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    dataset = world.upload(ready=False)
    world.service.datasets.update(world.user.id, dataset.id, {"types": {"age": "category"}})
    profiled(world, dataset, "late")
    world.sweep(after_s=120)
    assert reports(world) == []


def test_a_page_goes_with_its_dataset(world: World) -> None:
    dataset = profiled(world, world.upload(ready=False), "only")
    world.service.eraser.dataset(world.user.id, dataset.id)
    assert reports(world) == []


def modelled(world: World, claimed: ClaimedTask) -> dict[str, str]:
    """A model with its page, as a worker leaves them before its last write."""
    user, tables, blobs = world.user.id, world.service.ports.tables, world.service.ports.blobs
    blob, page, key = f"{user}/models/m", f"{user}/models/m-report", rows.key("model", user, "m")
    owner_key = rows.task_state_key(claimed.ref)
    result = {"model_id": "m", "blob": blob, "report": page, "evaluation": f"{blob}-evaluation"}
    result["intent"] = blob_intents.record(tables, blob, owner_key, key)
    result["report_intent"] = blob_intents.record(tables, page, owner_key)
    blobs.write(blob, iter([b"bundle"]))
    info = blobs.write(page, iter([b"<p>"]))
    report = {"blob": page, "size_bytes": info.size_bytes, "sha256": info.sha256}
    result["evaluation_intent"] = blob_intents.record(tables, result["evaluation"], owner_key)
    info = blobs.write(result["evaluation"], iter([b"{}"]))
    evaluation = {"blob": result["evaluation"], "size_bytes": info.size_bytes, "sha256": info.sha256}
    model = Model("m", user, claimed.ref.id, "dataset", "", blob, 6, "", {}, report=report, evaluation=evaluation)
    for name in ("reference", "row_digests"):
        result[f"{name}_intent"] = blob_intents.record(tables, f"{blob}-{name}", owner_key)
        info = blobs.write(f"{blob}-{name}", iter([b"rows"]))
        model = replace(model, **{name: {"blob": f"{blob}-{name}", "size_bytes": 4, "sha256": info.sha256}})
    tables.put(key, rows.dump(model))
    return result


def test_a_models_page_goes_with_the_job_that_was_lost(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    modelled(world, claimed)
    world.service.work.cancel(claimed)
    world.service.settler.finalize(claimed.ref)
    world.sweep(after_s=120)
    assert list(world.service.ports.blobs.names(f"{world.user.id}/models/")) == []


def test_a_models_page_stays_with_its_model(world: World) -> None:
    world.service.settings.values["orphan_age_s"] = 0
    world.submit()
    claimed = world.claim()
    assert claimed is not None
    world.service.work.succeed(claimed, modelled(world, claimed))
    world.service.settler.finalize(claimed.ref)
    assert list(rows.scan_all(world.service.ports.tables, "intent#")) == []
    world.sweep(after_s=120)
    model = world.service.models.get(world.user.id, "m")
    assert world.service.models.report(model).size_bytes == 3
    assert world.service.models.evaluation(model).size_bytes == 2
    world.service.eraser.model(world.user.id, "m")
    assert list(world.service.ports.blobs.names(f"{world.user.id}/models/")) == []
