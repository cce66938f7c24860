"""Put all calls of the service together, over one connection pool, as one user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .config import resolve
from .http.transport import Transport
from .resources.accounts import AccountResource
from .resources.administration import AdminResource
from .resources.comparisons import ComparisonResource
from .resources.dataset_files import DatasetFileResource
from .resources.endpoints.endpoints import EndpointResource
from .resources.evaluations import EvaluationResource
from .resources.jobs import JobResource
from .resources.models.decisions import DecisionResource
from .resources.models.predict import PredictResource
from .resources.models.uploaded_models import UploadedModelResource
from .resources.pipelines.pipelines import PipelineResource
from .resources.secrets import SecretResource
from .resources.sources import SourceResource
from .resources.webhooks import WebhookResource

if TYPE_CHECKING:
    import requests


class Client(
    AccountResource,
    ComparisonResource,
    DecisionResource,
    DatasetFileResource,
    EndpointResource,
    EvaluationResource,
    JobResource,
    UploadedModelResource,
    PipelineResource,
    PredictResource,
    SecretResource,
    SourceResource,
    WebhookResource,
):
    """Call a No Brains ML server as one user.

    Every argument that takes a dataset, job, model, key, evaluation or prediction accepts its record or
    its id. A client must not be shared between threads. It is a context manager that closes its connections.

    Args:
        url: Address of the server. None takes `NOBRAINS_URL`, then what `nobrains login` saved, then
            `http://127.0.0.1:8000`.
        token: Token or API key. None takes `NOBRAINS_TOKEN`, then what `nobrains login` saved for this server.
        session: Session to send requests with (proxies, own certificates). The client closes it.
        timeout_s: Longest silence of the server to wait for, in seconds.
        attempts: How often a call is sent at most, the first time included. Only calls that may safely be repeated
            are sent again.
        backoff_s: Seconds before the second attempt; doubled before each further one.

    Raises:
        NoBrainsError: `url` is not an address, or the saved credentials cannot be read. All errors of the client
            are subclasses; `errors.py` lists them.
        ValueError: `attempts` is less than 1.

    Example:
        >>> from nobrains_client import Client
        >>> client = Client("http://127.0.0.1:8000").sign_in("ada", "correct horse battery", sign_up=True)
        >>> dataset = client.wait_ready(client.upload("examples/tips.csv"))
        >>> job = client.train(dataset, "smoker", time_budget_s=60, wait=True)
        >>> model = client.model(job.model_id)
        >>> guest = {"total_bill": 12.4, "tip": 2.0, "sex": "Female", "day": "Thur", "time": "Lunch", "size": 2}
        >>> client.predict(model, [guest]).predictions[0] in model.classes
        True

        The examples of the other calls and records go on with these variables.
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
        """Make a client; no request is sent yet."""
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
        """Return the calls that only administrators may make."""
        return AdminResource(self._transport)

    @property
    def url(self) -> str:
        """Return the address of the server, without `/api/v1`."""
        return self._transport.url

    @property
    def token(self) -> str | None:
        """Return the token in use, which is a secret; None without an account."""
        return self._transport.token

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the connections."""
        self.close()

    def __repr__(self) -> str:
        """Return the call that makes this client, without its token."""
        return f"Client({self.url!r})"
