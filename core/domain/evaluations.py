"""Records of evaluations: a model measured on a labelled dataset."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json


@dataclass(frozen=True)
class Evaluation:
    """A measurement that a user has requested. It never changes; its state is in its control row.

    Attributes:
        name: as its user calls it.
        slices: columns whose groups are compared; [] for those that matter most to the model.
        pairs: whether groups of two columns are looked at, too.
        endpoint, version: the endpoint's name and version that was asked for; None where it was the model.
        decision: {positive, threshold} by which the version, or the model, answered when it was requested.
    """

    id: str
    user_id: str
    model_id: str
    dataset_id: str
    created_at: str
    name: str = ""
    slices: list[str] = field(default_factory=list)
    pairs: bool = False
    endpoint: str | None = None
    version: int | None = None
    decision: Json | None = None

    @property
    def model_ids(self) -> list[str]:
        """The id of its model, in a list: a measurement may have several."""
        return [self.model_id]


@dataclass(frozen=True)
class NewEvaluation:
    """What is to be measured: a model, or a version of an endpoint by number or alias; `Evaluation` has the rest."""

    dataset_id: str
    model_id: str | None = None
    endpoint: str | None = None
    version: str | None = None
    name: str = ""
    slices: tuple[str, ...] = ()
    pairs: bool = False
