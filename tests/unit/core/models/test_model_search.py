"""Models by what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import new_id, now
from core.domain.records import Model
from core.errors import Invalid, NotFound, PreconditionFailed
from core.models import model_search
from core.models.model_search import ModelFilter, describe_model, search_models
from core.storage import rows
from core.storage.search import matches

if TYPE_CHECKING:
    from tests.unit.core.conftest import World


NEW = {"name": "new", "tags": {"a": None, "c": "3"}}


def model(world: World, name: str = "", **changes: Any) -> Model:
    summary = {"target": "price", "task": "regression"}
    id, user_id = new_id(), world.user.id
    made = Model(id, user_id, "", "d1", now(), "blob", 5, "", summary, committed=True, name=name, **changes)
    world.service.ports.tables.put(rows.key("model", user_id, id), rows.dump(made))
    return made


def found(world: World, size: int = 10, **wanted: Any) -> list[str]:
    names: list[str] = []
    after = None
    while True:
        page = search_models(world.service.models, world.user.id, ModelFilter(**wanted), size, after)
        names += [each.name for each in page.items]
        if (after := page.next) is None:
            return sorted(names)


def test_every_word_must_occur_somewhere_in_any_case(world: World) -> None:
    model(world, "Churn, March", note="retrained with Öl prices", tags={"team": "Sales"})
    model(world, "Churn, April")
    assert found(world, search="churn") == ["Churn, April", "Churn, March"]
    assert found(world, search="SALES churn") == ["Churn, March"]
    assert found(world, search="öl") == ["Churn, March"]
    assert found(world, search="price april") == ["Churn, April"]
    assert found(world, search="july") == []


def test_tags_are_asked_for_by_name_or_with_their_value(world: World) -> None:
    model(world, "a", tags={"stage": "tested", "team": "x"})
    model(world, "b", tags={"stage": "draft"})
    assert found(world, tags=("stage",)) == ["a", "b"]
    assert found(world, tags=("stage:tested",)) == ["a"]
    assert found(world, tags=("stage:draft", "team")) == []
    assert found(world, task="regression", target="price", dataset_id="d1") == ["a", "b"]
    assert found(world, task="binary") == []


def test_pages_of_a_search_join_up_and_each_reads_a_bounded_number_of_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        model(world, f"{'even' if number % 2 == 0 else 'odd'} {number}")
    expected = [f"even {number}" for number in range(28, -1, -2)]
    assert sorted(found(world, size=4, search="even")) == sorted(expected)
    monkeypatch.setattr(model_search, "MAX_LARGE_ROWS", 5)
    first = search_models(world.service.models, world.user.id, ModelFilter("even"), 10)
    assert len(first.items) <= 5
    assert first.next is not None
    assert sorted(found(world, search="even")) == sorted(expected)


def test_what_is_said_is_changed_and_the_rest_stays(world: World) -> None:
    made = model(world, "old", note="n", tags={"a": "1", "b": "2"})
    changed = describe_model(world.service.models, world.user.id, made.id, NEW)
    assert (changed.name, changed.note, changed.tags, changed.revision) == ("new", "n", {"b": "2", "c": "3"}, 1)
    assert describe_model(world.service.models, world.user.id, made.id, {"name": None}).name == ""
    with pytest.raises(PreconditionFailed):
        describe_model(world.service.models, world.user.id, made.id, {"note": "x"}, 1)
    assert describe_model(world.service.models, world.user.id, made.id, {"note": "x"}, 2).revision == 3
    with pytest.raises(Invalid, match="at most 20"):
        describe_model(world.service.models, world.user.id, made.id, {"tags": {str(n): "" for n in range(20)}})


def test_a_model_that_is_deleted_cannot_be_described_nor_found(world: World) -> None:
    made = model(world, "gone")
    world.service.models.mark_deleted(world.user.id, made.id)
    with pytest.raises(NotFound):
        describe_model(world.service.models, world.user.id, made.id, {"name": "x"})
    assert found(world, search="gone") == []


@given(st.text(max_size=20), st.lists(st.none() | st.text(max_size=20), max_size=3))
def test_a_text_is_found_by_its_own_words_whatever_they_are(text: str, others: list[str | None]) -> None:
    assert matches(text, [*others, text])
