"""The third step: the model becomes a version of the endpoint, which is made where there is none yet."""

from __future__ import annotations

from itertools import islice

from core.domain.endpoints import CHAMPION, Endpoint, EndpointVersion, NewVersion
from core.domain.pipelines import REFUSED, REGISTER, Pipeline, Run
from core.endpoints.endpoints import Endpoints
from core.errors import Conflict
from core.pipelines.outcomes import Outcome, failed

SHOWN = 3
"""Differences that are told in words."""
MAX_LOOKED_AT = 50
"""Versions in which the run's own is looked for, which an earlier try has made."""


class RegisterStep:
    """Registers the model."""

    name = REGISTER
    timeout_s = 24 * 3600.0

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return the version that the model is now. Callers of the endpoint must be able to use it as they do."""
        endpoint = self._endpoint(run, pipeline)
        if endpoint is None:
            return Outcome("wait", f"It waits until the endpoint {pipeline.endpoint!r} is made.")
        if endpoint.id != run.facts.get("endpoint_id", endpoint.id):
            return failed("ENDPOINT_DELETED", f"The endpoint {endpoint.name!r} was deleted while the run was on.")
        try:
            version = self._find(run, endpoint) or self._register(run, pipeline)
        except Conflict as exc:
            if exc.reason != "SIGNATURE_DIFFERS":
                raise
            changed = "; ".join(f"{each['field']} {each['detail']}" for each in exc.errors[:SHOWN])
            why = f"Callers of {endpoint.name!r} could not use this model as they do: {changed}."
            return Outcome("end", why, figures={"differences": exc.errors}, state=REFUSED)
        champion = endpoint.aliases.get(CHAMPION)
        facts = {"endpoint_id": endpoint.id, "version": version.version, "champion": champion}
        served = "There is no champion yet." if champion is None else f"Champion is version {champion}."
        why = f"The model is version {version.version} of {endpoint.name!r}. {served}"
        figures = {"version": version.version, "champion": champion}
        return Outcome("done", why, f"version/{endpoint.name}/{version.version}", figures, facts)

    def _endpoint(self, run: Run, pipeline: Pipeline) -> Endpoint | None:
        """Return the endpoint, which is made where there is none; None while somebody else makes it, or has crashed."""
        endpoint = self.endpoints.find(run.user_id, pipeline.endpoint)
        if endpoint is not None:
            return endpoint
        try:
            note = f"Made by the pipeline {pipeline.name!r}."
            return self.endpoints.create(run.user_id, pipeline.endpoint, run.by, note=note)
        except Conflict as exc:
            if exc.reason != "ENDPOINT_EXISTS":
                raise
            return self.endpoints.find(run.user_id, pipeline.endpoint)

    def _find(self, run: Run, endpoint: Endpoint) -> EndpointVersion | None:
        """Return the version that an earlier try has made, None if there is none."""
        newest = islice(self.endpoints.versions.all_of(endpoint), MAX_LOOKED_AT)
        return next((each for each in newest if each.run == run.ref and each.by == run.by), None)

    def _register(self, run: Run, pipeline: Pipeline) -> EndpointVersion:
        started = run.trigger["why"].get("words") or run.trigger["kind"]
        new = NewVersion(
            run.facts["model_id"], run.by,
            why=f"Trained by run {run.number} of the pipeline {pipeline.name!r}, started by {started}"[:1000],
            tags={"pipeline": pipeline.id, "run": str(run.number)}, run=run.ref,
        )  # fmt: skip
        return self.endpoints.versions.register(run.user_id, pipeline.endpoint, new, key=f"run/{run.id}")

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: it waits for nothing."""
