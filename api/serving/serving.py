"""What answers predictions: of a model, and of an endpoint by the version that its traffic asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, after_this_request, current_app, has_request_context

from api.serving.decision_curves import DecisionCurves
from api.serving.loaded_models import LoadedModels
from api.serving.lookups import Completed, EndpointLookups, lookup_keys
from api.serving.request_log.days import open_day
from api.serving.request_log.logged_request import Answered, LoggedRequest
from api.serving.request_log.request_log import RequestLog
from api.serving.row_predictions import Columns, explain_rows, predict_rows, read_cells, warnings_of
from api.serving.rows import Rows
from api.serving.versions.known_versions import KnownVersions
from api.serving.versions.preloading import Preloader
from api.serving.versions.served_version import Part, Predicted, ServedVersion
from api.serving.versions.shadows import ShadowJob, ShadowPool
from api.serving.versions.split_rows import put_together, share_out, take
from core.domain.endpoints import CHAMPION, Endpoint
from core.domain.prediction_ids import PredictionIds
from core.domain.records import Json
from core.endpoints.routing import choose_alias, named_version
from core.models.stored_predictions import check_features
from core.models.uploaded_models import check_explainable
from core.requests.group_commit import GroupCommit
from core.requests.label_lookup import LabelLookup
from core.requests.request_pages import RequestPages

if TYPE_CHECKING:
    from flask import Response

    from automl.inference.servable import ServableModel
    from core.service import Service

EXTENSION = "nobrains_serving"


class Serving:
    """The models and endpoints of this process, ready to predict. Safe from several threads."""

    def __init__(self, service: Service) -> None:
        self.models = LoadedModels(service)
        self.decisions = DecisionCurves(service.ports.blobs)
        preloader = Preloader(
            lambda endpoint, version: self.models.servable(self.known.model(endpoint, version), endpoint.runtime)
        )
        self.known = KnownVersions(service, preloader.prepare)
        self.ids = PredictionIds()
        self.shadows = ShadowPool()
        self.lookups = EndpointLookups(service)
        self.feedback = GroupCommit(service.labels.write)
        self.log = RequestLog(service.requests)
        self.requests = RequestPages(service.ports, lambda day: open_day(service.ports.blobs, day))
        self.requests.find_labels = LabelLookup(service.labels, self.requests.lines).find

    def close(self) -> None:
        """Write what is kept of requests; call it before the back ends are closed."""
        self.log.close()

    def locate(self, user_id: str, name: str, ref: str | None = None, key: str = "") -> ServedVersion:
        """Return the version that a request is for; no request waits for a table, as `FreshCache` says.

        Args:
            user_id: whose endpoint it is.
            name: of the endpoint.
            ref: a version's number or alias, if the caller asks for one. Otherwise the traffic decides, in `predict`,
                row by row; what is returned here is the champion, or the key's version.
            key: the caller's own name of the row, if there is only one.

        Raises NotFound.
        """
        endpoint = self.known.endpoint(user_id, name)
        if ref is not None:
            version, alias = named_version(endpoint, ref)
            return ServedVersion(endpoint, version, alias, self.known.model(endpoint, version), pinned=True)
        by_key = key and endpoint.traffic.sticky == "key"
        return self._at(endpoint, choose_alias(endpoint, key) if by_key else CHAMPION)

    def predict(self, served: ServedVersion, rows: Rows, *, strict: bool = False) -> Predicted:
        """Predict rows, each by its version, and have the shadows predict them after the answer has gone.

        Args:
            served: what `locate` returned.
            rows: what is to be predicted.
            strict: raise Invalid INPUT_NOT_USABLE where a warning would be given.

        Raises Invalid MISSING_FEATURE, NotFound, Conflict, Corrupted, Unavailable.
        """
        began_s = time.perf_counter()
        completed = Completed(rows.columns)
        if served.endpoint.lookup:
            completed = self.lookups.complete(served.endpoint, rows, self._features_read(served))
        columns = completed.columns
        ids = self.ids.make(rows.n) if rows.ids is None else list(rows.ids)
        parts = self._parts(served, rows.keys, ids)
        if len(parts) == 1:
            answers = [self._answer(parts[0], columns)]
            predicted = answers[0].predicted
        else:
            answers = [self._answer(part, take(columns, part.rows)) for part in parts]
            predicted = put_together([(each.rows, each.predicted) for each in answers], rows.n)
        warnings = warnings_of([*completed.not_found, *predicted.flagged], strict=strict)
        logged = self.log.note(answers, columns, ids, rows.keys, time.perf_counter() - began_s)
        if served.endpoint.traffic.shadow and not served.pinned:
            self._follow(parts, columns, predicted.predictions, logged)
        if logged is not None:
            self.log.add(logged)
            logged.wait()
        return Predicted(
            parts[0].served,
            predicted.raw,
            predicted.predictions,
            predicted.labels,
            warnings,
            ids,
            predicted.further,
            parts,
            columns,
        )

    def explain(self, predicted: Predicted) -> Json:
        """Return {explanations, explanation_bases, explanation_unit}, each row's by the version that answered it."""
        found: Json = {}
        for part in predicted.parts:
            check_explainable(part.served.record)
            share = take(predicted.columns, part.rows) if predicted.is_split else predicted.columns
            cells = read_cells(part.served.record, share, len(part.rows))
            explained = explain_rows(self.models.engine(part.served.record), cells)
            found["explanation_unit"] = explained.pop("explanation_unit")
            for name, values in explained.items():
                rows = found.setdefault(name, [None] * len(predicted.predictions))
                for row, value in zip(part.rows, values, strict=True):
                    rows[row] = value
        return found

    def draw(self, served: ServedVersion) -> tuple[ServedVersion, Iterator[str]]:
        """Return the one version that answers a whole table, and the ids of its rows, of which the first decides."""
        first = self.ids.make(1)
        [part] = self._parts(served, None, first)
        return part.served, chain(first, self.ids.stream())

    def model_of(self, served: ServedVersion) -> ServableModel:
        """Return what answers for the version, loaded. Raises Conflict, Corrupted, Unavailable."""
        return self.models.servable(served.record, served.endpoint.runtime)

    def columns_read(self, served: ServedVersion) -> list[str]:
        """Return the columns that any version reads which may come to see the rows, and those that are keys."""
        read = self._features_read(served)
        return [*dict.fromkeys([*read, *lookup_keys(served.endpoint)])] if served.endpoint.lookup else read

    def _features_read(self, served: ServedVersion) -> list[str]:
        """Return the columns that are read by any version that may come to see the rows."""
        traffic = served.endpoint.traffic
        others = () if served.pinned else {*traffic.split, *traffic.shadow} - {served.alias}
        records = [served.record, *(self._at(served.endpoint, alias).record for alias in others)]
        return list(dict.fromkeys(feature["name"] for record in records for feature in record.summary["features"]))

    def _at(self, endpoint: Endpoint, alias: str) -> ServedVersion:
        version, _ = named_version(endpoint, alias)
        return ServedVersion(endpoint, version, alias, self.known.model(endpoint, version))

    def _parts(self, served: ServedVersion, keys: Sequence[str] | None, ids: Sequence[str]) -> list[Part]:
        if served.pinned or not served.endpoint.traffic.split:
            return [Part(served, range(len(ids)))]
        shares = share_out(served.endpoint, keys, ids)
        return [
            Part(served if alias == served.alias else self._at(served.endpoint, alias), rows)
            for alias, rows in shares.items()
        ]

    def _answer(self, part: Part, columns: Columns) -> Answered:
        record = part.served.record
        check_features(record, columns)
        model = self.model_of(part.served)
        predicted = predict_rows(model, read_cells(record, columns, len(part.rows)))
        return Answered(part.served, part.rows, predicted, model.runtime)

    def _follow(
        self, parts: Sequence[Part], columns: Columns, predictions: Sequence[Any], logged: LoggedRequest | None
    ) -> None:
        """Queue the rows for the shadows; a version that has answered them need not do so again."""
        endpoint = parts[0].served.endpoint
        answered = {part.served.version for part in parts}
        for alias in endpoint.traffic.shadow:
            version = endpoint.aliases.get(alias)
            if version is None or answered == {version}:
                continue

            def predict(cells: Columns, version: int = version) -> list[Any]:
                record = self.known.model(endpoint, version)
                shadow = Part(ServedVersion(endpoint, version, None, record), range(len(predictions)))
                predicted = self._answer(shadow, cells).predicted
                if logged is not None:
                    logged.shadows[version] = predicted
                return predicted.predictions

            if logged is not None:
                logged.expected_shadows += 1
            _after_the_answer(self.shadows, ShadowJob(predict, columns, predictions))


def _after_the_answer(pool: ShadowPool, job: ShadowJob) -> None:
    if not has_request_context():
        pool.offer(job)
        return

    @after_this_request
    def wait(response: Response) -> Response:
        response.call_on_close(lambda: pool.offer(job))
        return response


def register_serving(app: Flask, service: Service) -> None:
    """Give the app what answers predictions."""
    app.extensions[EXTENSION] = Serving(service)


def current_serving() -> Serving:
    """Return what answers the predictions of the app that serves this request."""
    return cast(Serving, current_app.extensions[EXTENSION])
