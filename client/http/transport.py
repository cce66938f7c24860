"""Send HTTP requests: one session, timeouts always, retries only where they are safe.

A call is *repeatable* if doing it twice is the same as doing it once: GET, DELETE, and every call that carries an
Idempotency-Key or only reads. Such a call is tried again, after a growing and jittered wait, when the connection breaks
or the server responds 429, 502, 503 or 504 (after Retry-After, if that is short enough). Any other call is repeated
only if the server certainly did not act: it was never reached, or it responded 429.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConnectionFailed, NotFound, UnexpectedResponse
from .problems import error_from_response, retry_after_s

if TYPE_CHECKING:
    # requests takes a tenth of a second to import, which `--help` saves.
    import requests

    from .request_bodies import Body

BASE_PATH = "/api/v1"
# Statuses after which the same call may succeed.
BUSY = frozenset({429, 502, 503, 504})
# Seconds between two attempts at most; a server that requests more gets no further attempt.
LONGEST_WAIT_S = 30.0
BLOCK_BYTES = 1 << 16


class Transport:
    """Send requests to one server as one user.

    Attributes:
        url: Address of the server, without `/api/v1`.
        token: Token to send, None for none.
        attempts: How often a call is sent at most, the first time included.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        session: requests.Session | None = None,
        timeout_s: float = 60.0,
        attempts: int = 5,
        backoff_s: float = 0.25,
    ) -> None:
        """Open a session, unless one is given.

        Args:
            url: Address of the server, without `/api/v1`.
            token: Token to send, None for none.
            session: Session to send requests with.
            timeout_s: Longest silence of the server in seconds, not the time of the whole transfer.
            attempts: How often a call is sent at most, the first time included.
            backoff_s: Seconds before the second attempt; doubled before each further one.
        """
        import requests

        self.url = url
        self.token = token
        self.attempts = attempts
        self._backoff_s = backoff_s
        self._timeout = (min(timeout_s, 10.0), timeout_s)
        self._session = session or requests.Session()

    def send(  # noqa: PLR0913 (public: one keyword an option)
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Return the response to one call; its status is below 300.

        Raises:
            ApiError: The server responded with an error.
            ConnectionFailed: No response came.
        """
        import requests

        data = body if json_body is None else json.dumps(json_body, allow_nan=False).encode()
        headers = {"X-Request-ID": uuid.uuid4().hex, "User-Agent": "nobrains-client", **(headers or {})}
        if json_body is not None:
            headers["Content-Type"] = "application/json"
        if repeatable is None:
            repeatable = method in {"GET", "DELETE"} or "Idempotency-Key" in headers
        attempts = self.attempts if body is None or body.can_rewind else 1
        for attempt in range(1, attempts + 1):
            is_last = attempt == attempts
            if body is not None and attempt > 1:
                body.rewind()
            try:
                response = self._request(method, path, params=params, data=data, headers=headers, stream=stream)
            except requests.RequestException as exc:
                if is_last or not _may_repeat(exc, repeatable):
                    raise ConnectionFailed(self._explain(exc)) from exc
                self.pause(attempt)
                continue
            if response.status_code < 300:
                return response
            wait_s = retry_after_s(response)
            may_repeat = response.status_code in BUSY and (repeatable or response.status_code == 429)
            if may_repeat and not is_last and (wait_s or 0) <= LONGEST_WAIT_S:
                response.close()
                self.pause(attempt, wait_s)
                continue
            problem = error_from_response(response)
            response.close()
            if method == "DELETE" and attempt > 1 and isinstance(problem, NotFound):
                return response  # An earlier attempt succeeded, and only its response was lost.
            raise problem
        raise AssertionError("attempts must be at least 1")

    def fetch(self, method: str, path: str, **options: Any) -> Any:
        """Send a call and return the JSON of its response, None if it has no body.

        Raises:
            ApiError: The server responded with an error.
            ConnectionFailed: No response came.
            UnexpectedResponse: The response is not JSON.
        """
        response = self.send(method, path, **options)
        if response.status_code == 204 or not response.content:
            return None
        try:
            return response.json()
        except ValueError as exc:
            raise UnexpectedResponse(
                f"{response.url} sent something other than JSON. Is {self.url} a No Brains ML server?"
            ) from exc

    def fetch_items(self, path: str, **params: Any) -> Iterator[Any]:
        """Yield the items of a list, page after page."""
        query = {key: value for key, value in params.items() if value is not None}
        while True:
            page = self.fetch("GET", path, params=query)
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise UnexpectedResponse(f"{self.url}{BASE_PATH}{path} sent something other than a list.")
            yield from page["items"]
            token = page.get("next_page_token")
            if not token:
                return
            query["page_token"] = token

    def read(self, response: requests.Response) -> Iterator[bytes]:
        """Yield the body of a streamed response, each piece as soon as it arrives.

        Raises:
            ConnectionFailed: The connection broke.
        """
        import urllib3

        try:
            # read1, unlike iter_content, does not wait for a block to fill, so events arrive when they are sent.
            while piece := response.raw.read1(BLOCK_BYTES, decode_content=True):
                yield piece
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise ConnectionFailed(self._explain(exc)) from exc

    def pause(self, attempt: int, wait_s: float | None = None) -> None:
        """Wait before the next attempt: `wait_s` seconds, or ever longer, jittered so that clients spread."""
        if wait_s is None:
            wait_s = min(LONGEST_WAIT_S, self._backoff_s * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        time.sleep(wait_s)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(
            method,
            self.url + BASE_PATH + path,
            auth=self._authorize,
            timeout=self._timeout,
            # Following would turn a POST into a GET; error_from_response() names the right address.
            allow_redirects=False,
            **options,
        )

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Given as `auth`, not as a header: requests lets a ~/.netrc entry overwrite the header.
        if self.token is not None:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _explain(self, exc: Exception) -> str:
        from requests.exceptions import ConnectTimeout, SSLError, Timeout

        if isinstance(exc, SSLError):
            return f"No secure connection to {self.url}: {exc}. Check the server's certificate."
        if isinstance(exc, Timeout) and not isinstance(exc, ConnectTimeout):
            return f"{self.url} did not answer within {self._timeout[1]:g} s. Try again, or raise timeout_s."
        if _never_reached(exc):
            return f"Cannot reach {self.url}. Is the server up, and is the address (NOBRAINS_URL) right?"
        return f"The connection to {self.url} broke off ({exc}). Try again."


def _may_repeat(exc: Exception, repeatable: bool) -> bool:
    import requests

    if isinstance(exc, requests.exceptions.SSLError):
        return False
    transient = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(exc, transient) and (repeatable or _never_reached(exc))


def _never_reached(exc: Exception) -> bool:
    """Return whether no byte of the request can have arrived."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    cause = getattr(exc.args[0], "reason", None) if exc.args else None
    return isinstance(exc, ConnectTimeout) or isinstance(cause, NewConnectionError)
