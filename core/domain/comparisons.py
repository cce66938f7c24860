"""Records of comparisons: which models, on which labelled dataset."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json


@dataclass(frozen=True)
class Comparison:
    """A comparison of models on a dataset. It never changes; its state is in its control row.

    Attributes:
        models: {model_id, endpoint, version, decision} of each; endpoint and version are None unless it was named as a
            version, decision is {positive, threshold} by which it answered then, if it has a rule.
        metric: by which the best is told; `auto` is that of the first model.
        gate: when the second model, a challenger, takes the place of the first, the champion; None unless that is what
            it is for.
    """

    id: str
    user_id: str
    dataset_id: str
    created_at: str
    models: list[Json] = field(default_factory=list)
    name: str = ""
    metric: str = "auto"
    gate: Json | None = None

    @property
    def model_ids(self) -> list[str]:
        """The ids of the models, in order."""
        return [str(each["model_id"]) for each in self.models]
