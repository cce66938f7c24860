"""The last step: alias and traffic are set in one change of the endpoint, which says which run has done it."""

from __future__ import annotations

from dataclasses import replace

from core.domain.endpoints import CHAMPION, Change, Endpoint
from core.domain.ids import derived_id, now
from core.domain.pipelines import PROMOTE, PROMOTED, REFUSED, Pipeline, Run
from core.domain.records import Json
from core.endpoints.endpoints import Endpoints
from core.endpoints.traffic import check_traffic, with_alias
from core.errors import Conflict
from core.pipelines.followups.followups import FollowUps
from core.pipelines.outcomes import Outcome, failed

CHAMPION_CHANGED = "CHAMPION_CHANGED"


class PromoteStep:
    """Promotes the version, if the champion still is the one that it was compared with."""

    name = PROMOTE
    timeout_s = 24 * 3600.0

    def __init__(self, endpoints: Endpoints, follow_ups: FollowUps) -> None:
        self.endpoints = endpoints
        self.follow_ups = follow_ups

    def advance(self, run: Run, pipeline: Pipeline) -> Outcome:
        """Return that the version is promoted, or why it is not.

        The number of the endpoint's newest change is written down before: a change that landed, unheard, is found
        among those that are newer, whatever has come on top of it, and is not made again.
        """
        endpoint = self.endpoints.get(run.user_id, pipeline.endpoint)
        if endpoint.id != run.facts["endpoint_id"]:
            return failed("ENDPOINT_DELETED", f"The endpoint {endpoint.name!r} was deleted while the run was on.")
        if "since_change" not in run.facts:
            return Outcome("again", facts={"since_change": endpoint.seq})
        # Before the promotion, so that none is left without what is to follow it.
        self.follow_ups.begin(run, pipeline, alias_of(run, pipeline))
        try:
            self._promote(run, pipeline)
        except Conflict as exc:
            if exc.reason != CHAMPION_CHANGED:
                raise
            return Outcome("end", exc.detail, state=REFUSED)
        version, alias = run.facts["version"], alias_of(run, pipeline)
        shares = {} if run.facts.get("champion") is None else pipeline.traffic or {}
        traffic = "".join(f", {share:.0%} of the requests are {each}'s" for each, share in shares.items())
        why, ref = f"Version {version} is {alias} of {endpoint.name!r}{traffic}.", f"version/{endpoint.name}/{version}"
        return Outcome("end", why, ref, {"from": run.facts.get("champion"), "to": version}, state=PROMOTED)

    def _promote(self, run: Run, pipeline: Pipeline) -> None:
        version = run.facts["version"]

        def decide(endpoint: Endpoint) -> Change:
            champion = endpoint.aliases.get(CHAMPION)
            if champion != run.facts.get("champion"):
                raise _changed(run.facts.get("champion"), champion)
            self.endpoints.versions.of(endpoint, version)
            alias = alias_of(run, pipeline)
            aliases = with_alias(endpoint, alias, version)
            traffic = endpoint.traffic
            if pipeline.traffic is not None and champion is not None:
                traffic = replace(traffic, split=dict(pipeline.traffic))
                check_traffic(replace(endpoint, aliases=aliases), traffic)
            return Change(
                0, now(), run.by, "alias.set", aliases, traffic, alias=alias,
                from_version=endpoint.aliases.get(alias), to_version=version, why=why_of(run, pipeline),
                run=run.ref, evaluation=run.facts.get("evaluation_id"), figures=figures_of(run),
            )  # fmt: skip

        self.endpoints.rows.change(
            run.user_id, pipeline.endpoint, decide, id=derived_id(run.id, PROMOTE), since=run.facts["since_change"]
        )

    def stop(self, run: Run, pipeline: Pipeline) -> None:
        """Do nothing: it waits for nothing."""


def alias_of(run: Run, pipeline: Pipeline) -> str:
    """Return the alias that the version gets: the first of an endpoint is its champion, as nothing else is served."""
    return CHAMPION if run.facts.get("champion") is None else pipeline.as_


def why_of(run: Run, pipeline: Pipeline) -> str:
    """Return why the version is promoted, for the log of changes."""
    decided = (run.step_named("decide") or {}).get("why", "")
    return f"Run {run.number} of the pipeline {pipeline.name!r}: {decided}"[:1000]


def figures_of(run: Run) -> Json:
    """Return what the promotion rests on."""
    return {**({"gate": run.facts["gate"]} if "gate" in run.facts else {})}


def _changed(was: int | None, champion: int | None) -> Conflict:
    before = "nothing was served" if was is None else f"version {was} was champion"
    present = "there is none" if champion is None else f"it is version {champion}"
    detail = f"When this version was looked at {before}; by now {present}. Run the pipeline again."
    return Conflict(CHAMPION_CHANGED, detail)
