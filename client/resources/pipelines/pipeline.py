"""Change one pipeline, run it, answer its runs, renew its address for events."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...http.polling import poll
from ...http.transport import Transport
from ...outcomes import RunFailed
from ...types.pipelines.hooks import Hook, ReceivedEvents
from ...types.pipelines.pipelines import PipelineInfo, RunBrief
from ...types.pipelines.runs import Run
from .._base import Resource, options_given, resource_path

OnRun = Callable[[Run], object]


class Pipeline(Resource):
    """Group the calls of one pipeline: what fetches, trains, compares and promotes by itself.

    A run is given by its record or its number.

    Attributes:
        id: Id of the pipeline.

    Example:
        >>> endpoint = client.create_endpoint("of-runs", model)
        >>> pipeline = client.create_pipeline("By hand", endpoint, promote="never")
        >>> run = pipeline.run(why="To see what it does", wait=True)
        >>> run.state, [step.name for step in run.steps]
        ('refused', ['fetch', 'train', 'register', 'evaluate', 'decide'])
        >>> pipeline.run(wait=True).state
        'unchanged'
        >>> pipeline.delete()
        >>> endpoint.delete()
    """

    def __init__(self, transport: Transport, id: str) -> None:
        """Bind the calls to a pipeline; no request is sent."""
        self._transport = transport
        self.id = id

    def __repr__(self) -> str:
        """Return the id."""
        return f"Pipeline({self.id!r})"

    def info(self) -> PipelineInfo:
        """Return the pipeline as it is now.

        Raises:
            NotFound: There is no such pipeline.
        """
        return PipelineInfo.from_json(self._transport.fetch("GET", self._path()))

    def update(self, *, if_revision: int | None = None, **settings: Any) -> PipelineInfo:
        """Change settings, as `create_pipeline` takes them; what is not named stays. Runs that are on keep theirs.

        Args:
            if_revision: `revision` of the record that the change goes out from; None overwrites whatever there is.
            **settings: What is to be different; what is an object or a list is replaced as a whole.

        Raises:
            NotFound: There is no such pipeline.
            ValidationFailed: A setting is wrong; the error names the field.
            ApiError: With `if_revision`, it was changed meanwhile (`CHANGED_MEANWHILE`); nothing is changed.
        """
        seen = {} if if_revision is None else {"If-Match": f'"{if_revision}"'}
        body = in_json(settings)
        return PipelineInfo.from_json(self._transport.fetch("PATCH", self._path(), json_body=body, headers=seen))

    def pause(self) -> PipelineInfo:
        """Let nothing but a person start it; runs that are on go on."""
        return self.update(enabled=False)

    def resume(self) -> PipelineInfo:
        """Let its `when` start it again; what it missed meanwhile is not made up for."""
        return self.update(enabled=True)

    def delete(self) -> None:
        """Delete the pipeline with its runs, which are cancelled if they are on; models and versions stay.

        Raises:
            NotFound: There is no such pipeline.
        """
        self._transport.send("DELETE", self._path())

    def run(
        self,
        *,
        why: str = "",
        unless_unchanged: bool | None = None,
        wait: bool = False,
        timeout_s: float | None = None,
        on_change: OnRun | None = None,
    ) -> Run:
        """Run the pipeline now.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one run.

        Args:
            why: Why, in words.
            unless_unchanged: False trains although nothing is new; None does as the pipeline says.
            wait: Whether to return only when the run is over, or asks.
            timeout_s: Seconds to wait at most; None waits as long as it takes.
            on_change: Function that is called with the run, at first and whenever it has changed; it implies `wait`.

        Raises:
            NotFound: There is no such pipeline.
            RunFailed: With `wait`, it failed or was cancelled.
            WaitTimedOut: With `wait`, it is not over after `timeout_s` seconds; it goes on.
        """
        body = options_given(why=why or None, unless_unchanged=unless_unchanged)
        key = {"Idempotency-Key": uuid.uuid4().hex}
        run = Run.from_json(self._transport.fetch("POST", self._path("runs"), json_body=body, headers=key))
        if wait or on_change is not None:
            return self.wait(run, timeout_s=timeout_s, on_change=on_change)
        return run

    def runs(self) -> Iterator[Run]:
        """Yield the runs, newest first."""
        return map(Run.from_json, self._transport.fetch_items(self._path("runs")))

    def read_run(self, run: int | Run | RunBrief) -> Run:
        """Return a run as it is now.

        Raises:
            NotFound: There is no such run.
        """
        return Run.from_json(self._transport.fetch("GET", self._run_path(run)))

    def wait(self, run: int | Run | RunBrief, *, timeout_s: float | None = None, on_change: OnRun | None = None) -> Run:
        """Wait until a run is over, or waits for `approve` or `reject`.

        Raises:
            NotFound: There is no such run.
            RunFailed: It failed or was cancelled.
            WaitTimedOut: It is not over after `timeout_s` seconds; it goes on.
        """
        seen: Run | None = None

        def read() -> Run:
            nonlocal seen
            found = self.read_run(run)
            if on_change is not None and found != seen:
                on_change(found)
            seen = found
            return found

        found = poll(read, timeout_s=timeout_s, done=lambda now: now.is_over or now.asks)
        if found.state in ("failed", "cancelled"):
            raise RunFailed(found)
        return found

    def approve(self, run: int | Run | RunBrief, *, why: str = "") -> Run:
        """Have the version of a run that asks promoted.

        Raises:
            Conflict: It does not ask, or another version is served by now than it was compared with.
            NotFound: There is no such run.
        """
        return self._answer(run, "approve", why)

    def reject(self, run: int | Run | RunBrief, *, why: str = "") -> Run:
        """End a run that asks; its version stays registered, and is not promoted.

        Raises:
            Conflict: It does not ask.
            NotFound: There is no such run.
        """
        return self._answer(run, "reject", why)

    def cancel(self, run: int | Run | RunBrief, *, why: str = "") -> Run:
        """End a run with what it waits for, such as its job.

        Raises:
            Conflict: It is over, or promotes already.
            NotFound: There is no such run.
        """
        return self._answer(run, "cancel", why)

    def make_hook(self, *, signed: bool = False) -> Hook:
        """Make the pipeline's address for events, or another one: the one before is void.

        Args:
            signed: Whether events must be signed as Standard Webhooks say; the hook then has a `secret`.

        Returns:
            The hook; only this response has its `url`, `token` and `secret`.

        Raises:
            NotFound: There is no such pipeline.
        """
        return Hook.from_json(self._transport.fetch("POST", self._path("hook"), json_body={"signed": signed}))

    def hook(self) -> Hook:
        """Return what there is to know of the address for events, but for its secrets.

        Raises:
            NotFound: There is no such pipeline, or it has no address.
        """
        return Hook.from_json(self._transport.fetch("GET", self._path("hook")))

    def delete_hook(self) -> None:
        """Delete the address for events: none reaches the pipeline any more. What has come stays."""
        self._transport.send("DELETE", self._path("hook"))

    def events(self) -> ReceivedEvents:
        """Return how many events and rows have come, and the newest.

        Raises:
            NotFound: There is no such pipeline.
        """
        return ReceivedEvents.from_json(self._transport.fetch("GET", self._path("events")))

    def _answer(self, run: int | Run | RunBrief, action: str, why: str) -> Run:
        body = options_given(why=why or None)
        return Run.from_json(self._transport.fetch("POST", self._run_path(run, action), json_body=body))

    def _run_path(self, run: int | Run | RunBrief, *more: str) -> str:
        return self._path("runs", str(run if isinstance(run, int) else run.number), *more)

    def _path(self, *more: str) -> str:
        return resource_path("pipelines", self.id, *more)


def in_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by the names that they have in JSON: `as` is no name of an argument in Python."""
    return {"as" if name == "as_" else name: value for name, value in settings.items()}
