"""Say what became of an endpoint's predictions, read its requests, make datasets of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...http.request_bodies import SendProgress, open_body
from ...types.datasets import Dataset
from ...types.endpoints.requests import Feedback, LoggedRequest
from .._base import options_given, query_of
from .predict import EndpointPredictResource

if TYPE_CHECKING:
    from ..models.prediction_requests import Table

# Labels of one request.
MAX_LABELS = 10_000


class EndpointRequestsResource(EndpointPredictResource):
    """Group the calls about what an endpoint was asked."""

    def feedback(
        self,
        labels: Sequence[Any] | Table,
        *,
        prediction_ids: Sequence[str] | None = None,
        keys: Sequence[str] | None = None,
        at: datetime | None = None,
        progress: SendProgress | None = None,
    ) -> Feedback:
        """Say what became of predictions: what was true, as far as it is known by now.

        It may be said late, and again: of several labels of one prediction the newest `at` wins, and None takes back.
        All of them are kept when this returns.

        Args:
            labels: One label a prediction, beside `prediction_ids` or `keys`; or a table with the columns
                `prediction_id` or `key`, `label` and, optionally, `at`: the path of a CSV, an open binary file of CSV,
                or a DataFrame.
            prediction_ids: Ids of the predictions, as `predict` has returned them.
            keys: Your own names of the rows, as they were given to `predict`: the newest prediction of each is meant.
            at: Since when this is true, with a time zone; None means now.
            progress: Function of (bytes sent, total bytes or None); only for a table.

        Returns:
            How many labels were kept, and which were refused, and why.

        Raises:
            NotFound: There is no such endpoint, or it serves nothing yet.
            ValidationFailed: The table has no column `label`, or none that names predictions.
            ValueError: There are fewer labels than names, or more; or neither ids nor keys.

        Example:
            >>> endpoint = client.create_endpoint("of-feedback", model)
            >>> answer = endpoint.predict([guest], keys=["table 7"])
            >>> endpoint.feedback(answer.predictions, prediction_ids=answer.prediction_ids).accepted
            1
            >>> found = endpoint.feedback(["perhaps"], keys=["table 7"])
            >>> found.accepted, found.refused[0].reason
            (0, 'UNKNOWN_LABEL')
            >>> endpoint.delete()
        """
        path = self._path("feedback")
        if isinstance(labels, str) or not isinstance(labels, Sequence):
            with open_body(labels, progress) as csv:
                answer = self._transport.fetch("POST", path, body=csv, headers=csv.headers, repeatable=True)
            return Feedback.from_json(answer)
        name, names = ("key", keys) if prediction_ids is None else ("prediction_id", prediction_ids)
        if names is None or len(names) != len(labels):
            raise ValueError("Give one of prediction_ids and keys, with one entry a label.")
        since = None if at is None else at.isoformat()
        entries = [
            {name: of, "label": _plain(label), **options_given(at=since)}
            for of, label in zip(names, labels, strict=True)
        ]
        accepted, refused = 0, []
        for first in range(0, len(entries), MAX_LABELS):
            body = {"labels": entries[first : first + MAX_LABELS]}
            answer = self._transport.fetch("POST", path, json_body=body, repeatable=True)
            accepted += answer["accepted"]
            refused += [{**each, "index": each["index"] + first} for each in answer["refused"]]
        return Feedback.from_json({"accepted": accepted, "refused_count": len(refused), "refused": refused})

    def requests(
        self,
        *,
        from_: datetime | None = None,
        to: datetime | None = None,
        version: int | str | None = None,
        labelled: bool | None = None,
    ) -> Iterator[LoggedRequest]:
        """Yield the requests that are kept, newest first. What was answered in the last seconds may not be there yet.

        Args:
            from_: Time of the first, with a time zone; None goes back as far as they are kept.
            to: Time before which they were made; None means now.
            version: Of this version alone, by its number or an alias.
            labelled: Whether only those whose truth is known, or only the others; None yields both.

        Raises:
            NotFound: There is no such endpoint or version.
        """
        options = options_given(**_times(from_, to), version=version, labelled=labelled)
        return map(LoggedRequest.from_json, self._transport.fetch_items(self._path("requests"), **query_of(options)))

    def gather(
        self,
        name: str | None = None,
        *,
        from_: datetime | None = None,
        to: datetime | None = None,
        version: int | str | None = None,
        labelled: bool = True,
        sample: float | None = None,
    ) -> Dataset:
        """Make a dataset of requests: their inputs, `prediction`, the target's column, `prediction_id` and `time`.

        Train on it, or test a model on it, as on any other. If the connection breaks, the request is sent again under
        one Idempotency-Key, so that it makes one dataset.

        Args:
            name: Name of the dataset.
            from_: Time of the first request, with a time zone; None goes back as far as they are kept.
            to: Time before which they were made; None means now.
            version: Of this version alone, by its number or an alias.
            labelled: Whether only those whose truth is known.
            sample: Share of them, between 0 and 1; None takes all.

        Returns:
            The dataset, which a worker fills: see `wait_ready`.

        Raises:
            Conflict: There are as many datasets as the quota allows.
            NotFound: There is no such endpoint or version.
        """
        body = options_given(name=name, **_times(from_, to), version=version, labelled=labelled, sample=sample)
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return Dataset.from_json(
            self._transport.fetch("POST", self._path("datasets"), json_body=body, headers=headers)
        )  # fmt: skip


def _times(from_: datetime | None, to: datetime | None) -> dict[str, str]:
    given = {"from": from_, "to": to}
    return {name: at.isoformat() for name, at in given.items() if at is not None}


def _plain(label: Any) -> Any:
    """Return a scalar of NumPy as one of Python; NaN is no label, and takes nothing back by mistake."""
    value = label.item() if hasattr(label, "item") else label
    return "" if isinstance(value, float) and value != value else value
