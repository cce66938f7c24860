"""A version of an endpoint that answers rows, and what it has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.http.threshold_header import tell_threshold
from api.serving.row_predictions import Columns, RowPredictions, answer_of
from core.domain.endpoints import Endpoint
from core.domain.records import Json, Model

if TYPE_CHECKING:
    from flask import Response

    from automl._typing import Array

VERSION_HEADER, ALIAS_HEADER = "X-Model-Version", "X-Model-Alias"


@dataclass(frozen=True)
class ServedVersion:
    """A version of an endpoint.

    Attributes:
        version: its number.
        alias: the one by which it was found; None for a number.
        record: of its model.
        pinned: whether the caller asked for this version. Otherwise the endpoint's traffic decides.
    """

    endpoint: Endpoint
    version: int
    alias: str | None
    record: Model
    pinned: bool = False


def tell_version(response: Response, served: ServedVersion) -> Response:
    """Say in the headers which version has answered, and by which threshold."""
    tell_threshold(response, served.record)
    response.headers[VERSION_HEADER] = str(served.version)
    if served.alias is not None:
        response.headers[ALIAS_HEADER] = served.alias
    return response


@dataclass(frozen=True)
class Part:
    """The rows of a request that one version answers, by their places."""

    served: ServedVersion
    rows: Sequence[int]


@dataclass(frozen=True)
class Predicted:
    """What an endpoint answers for n rows.

    Attributes:
        served: the version that answered the first row; all of them, unless `parts` are several.
        raw: probabilities (n, k) in the order of `labels`, or values (n,).
        predictions: n labels as text, or numbers.
        labels: of the k classes as text; [] for numbers.
        warnings: what could not be used of the rows, by column.
        prediction_ids: one a row.
        further: {target_unit?, formatted?, decision?, decisions?}, as of `RowPredictions`.
        parts: which version answered which rows.
        columns: the cells that were predicted, those included that were looked up.
    """

    served: ServedVersion
    raw: Array
    predictions: list[Any]
    labels: list[str]
    warnings: list[Json]
    prediction_ids: list[str]
    further: Json = field(default_factory=dict)
    parts: Sequence[Part] = ()
    columns: Columns = field(default_factory=dict)

    def to_json(self, *, probabilities: bool = True) -> Json:
        """Return {predictions, probabilities?, …, prediction_ids, version, alias, versions?, aliases?}."""
        rows = RowPredictions(self.raw, self.predictions, self.labels, [], self.further)
        answer = answer_of(rows, self.warnings, probabilities=probabilities)
        answer["prediction_ids"] = self.prediction_ids
        answer["version"], answer["alias"] = self.served.version, self.served.alias
        if self.is_split:
            by_row = self.served_by_row()
            answer["versions"] = [each.version for each in by_row]
            answer["aliases"] = [each.alias for each in by_row]
        return answer

    @property
    def is_split(self) -> bool:
        """Whether several versions have answered."""
        return len(self.parts) > 1

    def served_by_row(self) -> list[ServedVersion]:
        """Return the version that answered each row."""
        found = [self.served] * len(self.predictions)
        for part in self.parts if self.is_split else ():
            for row in part.rows:
                found[row] = part.served
        return found
