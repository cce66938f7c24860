"""The client: all calls of the service, over one connection pool, as one user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .config import resolve
from .http.transport import Transport
from .resources.accounts import AccountResource
from .resources.administration import AdminResource
from .resources.datasets import DatasetResource
from .resources.jobs import JobResource
from .resources.models import ModelResource
from .resources.predict import PredictResource

if TYPE_CHECKING:
    import requests


class Client(AccountResource, DatasetResource, JobResource, ModelResource, PredictResource):
    """A No Brains ML server, seen by one user.

    >>> client = Client("http://127.0.0.1:8000").sign_in("ada", "a long password")
    >>> dataset = client.wait_ready(client.upload("titanic.csv"))
    >>> job = client.train(dataset, "survived", time_budget_s=60, wait=True)
    >>> client.predict(job.model_id, [{"age": 31, "sex": "female"}]).predictions
    ('1',)

    url, token: None takes NOBRAINS_URL and NOBRAINS_TOKEN, then what `nobrains login` saved. An API key
    serves as token. timeout_s: the longest silence of the server to bear. attempts, backoff_s: how often a
    call that may safely be repeated is sent, and the wait (s) before the second time, doubled after. session:
    a requests.Session to use (proxies, own certificates); it is closed with the client.

    Wherever a dataset, job, model, key or prediction is asked for, its record or its id will do. Not to be
    shared between threads. Errors: see `errors.py`.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        session: requests.Session | None = None,
        timeout_s: float = 60.0,
        attempts: int = 5,
        backoff_s: float = 0.25,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"attempts counts the first try too, so it must be at least 1, not {attempts}.")
        chosen = resolve(url, token)
        self._transport = Transport(
            chosen.url,
            chosen.token,
            session=session,
            timeout_s=timeout_s,
            attempts=attempts,
            backoff_s=backoff_s,
        )

    @property
    def admin(self) -> AdminResource:
        """What an administrator may do."""
        return AdminResource(self._transport)

    @property
    def url(self) -> str:
        """The server's address, without `/api/v1`."""
        return self._transport.url

    @property
    def token(self) -> str | None:
        """The token in use: a secret; None if not signed in."""
        return self._transport.token

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"
