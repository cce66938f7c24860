"""Events, alarms and labels that start runs, over the real embedded back ends."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from core.domain.endpoints import Endpoint
from core.domain.events import Event
from core.domain.ids import now
from core.domain.monitoring import Alarm
from core.domain.pipelines import Pipeline, Run
from core.domain.records import Dataset
from core.pipelines.pipeline_rows import PipelineRows
from core.pipelines.triggers.label_trigger import LabelTriggers
from core.requests.labels import Label
from core.sources.assemblies import assemble_ref
from core.storage import due_rows
from tests.unit.core.conftest import World

JOB: dict[str, Any] = {"target": "bought", "exclude_columns": [], "time_budget_s": 5}


@pytest.fixture
def endpoint(world: World) -> Endpoint:
    return world.service.endpoints.create(world.user.id, "shop", "user/ada")


@pytest.fixture
def dataset(world: World) -> Dataset:
    return world.upload()


def pipeline(world: World, dataset: Dataset, *when: Any, **changes: Any) -> Pipeline:
    """A pipeline of the endpoint `shop`, as its row."""
    at = now()
    made = Pipeline(
        "p1",
        world.user.id,
        "Shop",
        "shop",
        at,
        at,
        data={"dataset_id": dataset.id},
        job=JOB,
        when=list(when),
        **changes,
    )
    assert PipelineRows(world.service.ports.tables).write(made, None)
    return made


def tell(world: World, name: str, *rows: Any) -> Any:
    events = world.service.events
    to = events.pipelines.recipient(world.user.id, "p1")
    assert to is not None
    return events.tell(to, Event(name, rows=rows))


def do_due(world: World) -> None:
    for due in list(due_rows.due_until(world.service.ports.tables, "9999", {"event"})):
        if due.kind == "event":
            world.service.events.firing.fire(due)


def runs(world: World) -> list[Run]:
    return world.service.runs.page(world.user.id, "p1", 20).items


def test_rows_of_events_start_a_run_that_trains_on_them_below_the_pipelines_own(world: World, dataset: Dataset) -> None:
    pipeline(world, dataset, {"event": {"quiet_s": 0}})
    receipt = tell(world, "a", {"age": 20, "city": "Rome", "shoe": 42}, {"age": 21, "bought": "no"})
    assert (receipt.columns, receipt.lacking) == (("shoe",), 1)
    do_due(world)
    (run,) = runs(world)
    assert run.trigger["kind"] == "event"
    assert run.trigger["why"]["words"] == "an event with 2 new rows, 1 of them without the target"
    made = world.service.datasets.get(world.user.id, run.facts["dataset_id"])
    assert made.origin is not None
    assert (made.origin["dataset"], made.origin["rows"]) == (dataset.id, 2)
    assembly = world.service.sources.recorder.assemblies.find(assemble_ref(made))
    assert assembly is not None
    assert [list(part) for part in assembly.parts] == [["dataset_id"], ["segments"]]
    world.service.runs.on_task_finished(assemble_ref(made))  # Looked at again, it has the same.
    assert runs(world)[0].facts["dataset_id"] == made.id


def test_a_run_of_a_person_has_what_came_too_and_events_start_none_of_their_own_then(
    world: World, dataset: Dataset
) -> None:
    from core.domain.pipelines import Trigger

    made = pipeline(world, dataset, {"event": {"quiet_s": 0}})
    tell(world, "a", {"age": 20, "bought": "no"})
    world.service.runs.create(made.user_id, made.id, Trigger("m1", "manual", now()))
    do_due(world)
    assert [run.trigger["kind"] for run in runs(world)] == ["manual"]
    assert runs(world)[0].facts["dataset_id"] != dataset.id


def test_a_pipeline_without_rows_by_events_trains_on_its_own_dataset(world: World, dataset: Dataset) -> None:
    pipeline(world, dataset, {"event": {"quiet_s": 0}})
    tell(world, "told")
    do_due(world)
    assert runs(world)[0].facts["dataset_id"] == dataset.id


def test_events_wait_while_a_run_is_on(world: World, dataset: Dataset) -> None:
    pipeline(world, dataset, {"event": {"quiet_s": 0}})
    for name in ("a", "b"):
        tell(world, name, {"age": 20, "bought": "no"})
        do_due(world)
    assert len(runs(world)) == 1
    world.service.runs.cancel(world.user.id, "p1", 1, "user/ada")
    do_due(world)
    assert [run.trigger["kind"] for run in runs(world)] == ["event", "event"]


def alarm(endpoint: Endpoint, kind: str, at: str = "2026-03-01T00:00:00.000Z") -> Any:
    found = Alarm("a1", endpoint.name, endpoint.user_id, endpoint.id, kind, at, at, 1, "It drifts.")  # type: ignore[arg-type]
    return asdict(found)


@pytest.mark.parametrize(
    ("wanted", "kind", "n_runs"),
    [
        (["performance"], "realised", 1),
        (["drift"], "drift", 1),
        (["drift"], "realised", 0),
        (["silence"], "silence", 1),
    ],
)
def test_an_alarm_starts_one_run_of_the_pipelines_that_wait_for_its_kind(
    world: World, dataset: Dataset, endpoint: Endpoint, wanted: list[str], kind: str, n_runs: int
) -> None:
    pipeline(world, dataset, {"alarm": wanted, "at_most": "1d"})
    (raised,) = world.service.monitoring.reviews.listeners
    for _ in range(2):
        raised(endpoint, alarm(endpoint, kind))
    assert len(runs(world)) == n_runs
    if n_runs:
        assert kind in runs(world)[0].trigger["why"]["words"]


def test_alarms_that_begin_at_the_same_moment_start_one_run(world: World, dataset: Dataset, endpoint: Endpoint) -> None:
    pipeline(world, dataset, {"alarm": ["performance", "drift"]})
    (raised,) = world.service.monitoring.reviews.listeners
    for kind in ("realised", "drift"):
        raised(endpoint, alarm(endpoint, kind))
    assert len(runs(world)) == 1


def test_a_pipeline_that_is_off_or_of_another_endpoint_hears_no_alarm(
    world: World, dataset: Dataset, endpoint: Endpoint
) -> None:
    pipeline(world, dataset, {"alarm": ["drift"]}, enabled=False)
    (raised,) = world.service.monitoring.reviews.listeners
    raised(endpoint, alarm(endpoint, "drift"))
    raised(replace(endpoint, name="other"), alarm(endpoint, "drift"))
    assert runs(world) == []


def label(world: World, endpoint: Endpoint, n: int) -> None:
    ids = world.service.labels.ids.make(n)
    assert world.service.labels.write(endpoint, [Label(id, None, "yes", now()) for id in ids])


def test_enough_new_labels_start_one_run_and_the_next_ones_count_anew(
    world: World, dataset: Dataset, endpoint: Endpoint
) -> None:
    pipeline(world, dataset, {"every_labels": 10}, overlap="queue")
    triggers = LabelTriggers(world.service.runs)
    numbers = []
    for n in (6, 3, 4, 5, 6):
        label(world, endpoint, n)
        triggers.run()
        triggers.run()
        numbers.append(len(runs(world)))
    assert numbers == [0, 0, 1, 1, 2]
    assert runs(world)[-1].trigger["why"]["words"] == "13 new labels of 'shop'"


def test_a_crash_before_the_labels_are_crossed_out_makes_no_second_run(
    world: World, dataset: Dataset, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pipeline(world, dataset, {"every_labels": 10})
    triggers = LabelTriggers(world.service.runs)
    label(world, endpoint, 10)

    class Ends:
        """The tables of a process that ends at its own write."""

        scan, get = triggers.tables.scan, triggers.tables.get

        def put(self, *_: Any) -> None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(triggers, "tables", Ends())
        with pytest.raises(KeyboardInterrupt):
            triggers.look(made, 10)
    label(world, endpoint, 3)
    triggers.run()
    assert [run.trigger["why"]["labels"] for run in runs(world)] == [10]
    label(world, endpoint, 7)
    triggers.run()
    assert [run.trigger["why"]["labels"] for run in runs(world)] == [10, 10]


def test_labels_of_before_the_pipeline_start_nothing(world: World, dataset: Dataset, endpoint: Endpoint) -> None:
    label(world, endpoint, 20)
    pipeline(world, dataset, {"every_labels": 10})
    LabelTriggers(world.service.runs).run()
    assert runs(world) == []
