"""Models by what is said of them: names, notes, tags, target; and what their owner says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.records import Json, Model
from core.errors import Invalid, NotFound, PreconditionFailed
from core.models.models import Models
from core.storage import rows
from core.storage.rows import Page
from core.storage.search import MAX_LARGE_ROWS, matches

MAX_TAGS = 20


@dataclass(frozen=True)
class ModelFilter:
    """Which models a list has; what is None or empty lets all through.

    Attributes:
        search: words that occur in id, name, note, tags or target.
        tags: each the name of a tag, or `name:value`.
    """

    search: str | None = None
    tags: Sequence[str] = ()
    target: str | None = None
    task: str | None = None
    dataset_id: str | None = None
    origin: str | None = None

    def keeps(self, model: Model) -> bool:
        """Return whether the model is one of those."""
        tagged = {*model.tags, *(f"{name}:{value}" for name, value in model.tags.items())}
        return (
            self.target in (None, model.summary.get("target"))
            and self.task in (None, model.summary.get("task"))
            and self.dataset_id in (None, model.dataset_id)
            and self.origin in (None, model.origin)
            and tagged.issuperset(self.tags)
            and matches(self.search, (model.id, model.name, model.note, model.summary.get("target"), *tagged))
        )


def search_models(
    models: Models, user_id: str, wanted: ModelFilter, size: int, after: str | None = None
) -> Page[Model]:
    """Return a page of the models that the filter keeps, newest first; it may be short and still have a next one."""
    if wanted == ModelFilter():
        return models.page(user_id, size, after)
    start = rows.prefix("model", user_id)
    return rows.page_where(
        models.tables, Model, start, size, after, lambda model: wanted.keeps(model) and models.counts(model),
        MAX_LARGE_ROWS,
    )  # fmt: skip


def describe_model(models: Models, user_id: str, id: str, changes: Json, if_revision: int | None = None) -> Model:
    """Change what is said of a model; what is not named stays.

    Args:
        models: of all users.
        user_id: whose it is.
        id: of the model.
        changes: any of name, note, and tags: {name: value}, null takes a tag away.
        if_revision: the revision that the caller has seen; None if any will do.

    Raises NotFound, Invalid TOO_MANY_TAGS, PreconditionFailed CHANGED_MEANWHILE.
    """

    def described(model: Model | None) -> Model:
        if model is None or not models.counts(model):
            raise NotFound("model", id)
        if if_revision not in (None, model.revision):
            detail = "What is said of this model was changed meanwhile. Read it again, then decide again."
            raise PreconditionFailed("CHANGED_MEANWHILE", detail)
        said = {**model.tags, **changes.get("tags", {})}
        tags = {name: value for name, value in said.items() if value is not None}
        if len(tags) > MAX_TAGS:
            detail = f"A model has at most {MAX_TAGS} tags; these are {len(tags)}. Take some away with null."
            raise Invalid("TOO_MANY_TAGS", detail, [{"field": "tags", "detail": f"at most {MAX_TAGS}"}])
        name, note = changes.get("name", model.name), changes.get("note", model.note)
        return replace(model, name=name or "", note=note, tags=tags, revision=model.revision + 1)

    written = rows.update(models.tables, rows.key("model", user_id, id), Model, described)
    assert written is not None
    return written
