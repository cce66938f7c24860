"""Change one endpoint: register versions, promote them, roll back, share traffic out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...types.endpoints.endpoints import CHAMPION, Change, EndpointInfo, EndpointVersion
from ...types.models import Model
from .._base import id_of, options_given
from .monitor import EndpointMonitorResource


class Endpoint(EndpointMonitorResource):
    """Group the calls of one endpoint: a name under which versions of a model are served.

    `version` is a number or an alias wherever one is read: 3, or "champion".

    Attributes:
        name: Name of the endpoint.

    Example:
        >>> endpoint = client.create_endpoint("tips-smoker", model)
        >>> answer = endpoint.predict([guest], keys=["table 7"])
        >>> answer.version, answer.alias, len(answer.prediction_ids)
        (1, 'champion', 1)
        >>> second = endpoint.register(model, note="The same once more")
        >>> endpoint.promote(second, why="Try a second version").champion
        2
        >>> endpoint.rollback(why="The first was as good").champion
        1
        >>> endpoint.delete()
    """

    def __repr__(self) -> str:
        """Return the name."""
        return f"Endpoint({self.name!r})"

    def info(self) -> EndpointInfo:
        """Return the endpoint as it is now.

        Raises:
            NotFound: There is no endpoint of this name.
        """
        return EndpointInfo.from_json(self._transport.fetch("GET", self._path()))

    def versions(self) -> Iterator[EndpointVersion]:
        """Yield the versions, newest first."""
        return map(EndpointVersion.from_json, self._transport.fetch_items(self._path("versions")))

    def version(self, version: int | str) -> EndpointVersion:
        """Return one version.

        Raises:
            NotFound: There is no such version or alias.
        """
        return EndpointVersion.from_json(self._transport.fetch("GET", self._path("versions", str(version))))

    def register(
        self,
        model: str | Model,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
        why: str = "",
        force_signature: bool = False,
        threshold: float | None = None,
    ) -> EndpointVersion:
        """Make a model the next version. What is served does not change.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one version.

        Args:
            model: The model, or its id.
            note: What is new in it.
            tags: Labels of your own, such as {"commit": "1a2b3c"}.
            why: Why it is registered.
            force_signature: Whether to take a model that reads or predicts something else than the version before.
            threshold: Probability from which on this version answers the positive class; None takes the decision
                rule that the model has now.

        Raises:
            Conflict: The model reads or predicts something else; the error lists the differences.
            NotFound: There is no such endpoint or model.
        """
        body = options_given(
            model_id=id_of(model),
            note=note or None,
            tags=dict(tags) if tags else None,
            why=why or None,
            force_signature=force_signature or None,
            decision=None if threshold is None else {"threshold": threshold},
        )
        answer = self._transport.fetch("POST", self._path("versions"), json_body=body, headers=_once())
        return EndpointVersion.from_json(answer)

    def delete_version(self, version: int | EndpointVersion) -> None:
        """Delete a version; its model is kept.

        Raises:
            Conflict: An alias, the traffic split or a shadow names it.
            NotFound: There is no such version.
        """
        self._transport.send("DELETE", self._path("versions", str(_number(version))))

    def promote(
        self,
        model_or_version: str | Model | int | EndpointVersion,
        alias: str = CHAMPION,
        *,
        why: str = "",
        force_signature: bool = False,
    ) -> EndpointInfo:
        """Let an alias name a version; the champion is what is served.

        Args:
            model_or_version: A version or its number; or a model or its id, which becomes a version if it is none yet.
            alias: The alias to move; it is made if there is none of this name.
            why: Why; it stands in the log of changes.
            force_signature: Whether to take a model that reads or predicts something else than the version before.

        Returns:
            The endpoint as it is now.

        Raises:
            Conflict: The model reads or predicts something else; the error lists the differences.
            NotFound: There is no such endpoint, version or model.
        """
        if isinstance(model_or_version, int | EndpointVersion):
            version = _number(model_or_version)
        else:
            version = self._version_of(model_or_version, force_signature)
        body = {"version": version, **options_given(why=why or None)}
        return self._changed("PUT", body, "aliases", alias)

    def delete_alias(self, alias: str, *, why: str = "") -> None:
        """Delete an alias; the version that it names is kept.

        Raises:
            Conflict: It is the champion, or traffic goes to it.
            NotFound: There is no such alias.
        """
        self._transport.send("DELETE", self._path("aliases", alias), params=options_given(why=why or None))

    def traffic(
        self,
        split: Mapping[str, float] | None = None,
        *,
        sticky: str = "request",
        shadow: Sequence[str] = (),
        why: str = "",
    ) -> EndpointInfo:
        """Share the requests out among aliases; what is not given is as if new, so no argument gives all to champion.

        Args:
            split: Share of the requests by alias, each between 0 and 1, together less than 1; the champion gets the
                rest.
            sticky: `key` to decide by the caller's key of each row, `request` to decide anew each time.
            shadow: Aliases that predict as well, and whose answers nobody waits for.
            why: Why; it stands in the log of changes.

        Returns:
            The endpoint as it is now.

        Raises:
            NotFound: There is no such endpoint or alias.
            ValidationFailed: The shares do not leave anything to the champion.

        Example:
            >>> endpoint = client.create_endpoint("of-split", model)
            >>> endpoint.promote(endpoint.register(model), "challenger").aliases
            {'champion': 1, 'challenger': 2}
            >>> endpoint.traffic({"challenger": 0.1}, sticky="key").traffic.split
            {'challenger': 0.1}
            >>> endpoint.traffic(shadow=["challenger"]).traffic.shadow
            ('challenger',)
            >>> endpoint.delete()
        """
        body = {"split": dict(split or {}), "sticky": sticky, "shadow": list(shadow), **options_given(why=why or None)}
        return self._changed("PUT", body, "traffic")

    def lookup(self, sources: Mapping[str, str | Sequence[str]]) -> EndpointInfo:
        """Look columns up that a request lacks, by keys that it brings; {} ends that.

        Args:
            sources: Column that is the key, or a list of columns, by id of the source; the first that has one gives it.

        Returns:
            The endpoint as it is now; its `lookup` says how far the rows of each source are.

        Raises:
            NotFound: There is no such endpoint or source.
            ValidationFailed: A source has another key, or no column that any version reads.

        Example:
            >>> client.create_endpoint("of-lookup", model).lookup({}).lookup
            ()
            >>> client.endpoint("of-lookup").delete()
        """
        said = [{"source_id": id, "by": by if isinstance(by, str) else list(by)} for id, by in sources.items()]
        return self._changed("PATCH", {"lookup": said})

    def rollback(self, *, to: int | None = None, why: str = "") -> EndpointInfo:
        """Take aliases and traffic back to what they were before the newest change of what is served.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it is not undone.

        Args:
            to: Number of a change whose state to go back to instead.
            why: Why; it stands in the log of changes.

        Returns:
            The endpoint as it is now.

        Raises:
            Conflict: There is nothing to go back to.
            NotFound: There is no such endpoint or change.
        """
        body = options_given(to=to, why=why or None)
        answer = self._transport.fetch("POST", self._path("rollback"), json_body=body, headers=_once())
        return EndpointInfo.from_json(answer)

    def changes(self) -> Iterator[Change]:
        """Yield the log of changes, newest first."""
        return map(Change.from_json, self._transport.fetch_items(self._path("changes")))

    def delete(self) -> None:
        """Delete the endpoint with its versions and log; the models are kept.

        Raises:
            NotFound: There is no endpoint of this name.
        """
        self._transport.send("DELETE", self._path())

    def _changed(self, method: str, body: Mapping[str, Any], *path: str) -> EndpointInfo:
        return EndpointInfo.from_json(self._transport.fetch(method, self._path(*path), json_body=body))

    def _version_of(self, model: str | Model, force_signature: bool) -> int:
        """Return the newest version that is this model; it becomes one if it is none."""
        known = next((each.version for each in self.versions() if each.model_id == id_of(model)), None)
        return self.register(model, force_signature=force_signature).version if known is None else known


def _once() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _number(version: int | EndpointVersion) -> int:
    return version if isinstance(version, int) else version.version
