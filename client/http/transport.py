"""HTTP as this client does it: one session, timeouts always, retries only where they are safe.

A call is *repeatable* if doing it twice is the same as doing it once: GET, DELETE, and whatever carries an
Idempotency-Key or only reads. Such a call is tried again, after a growing and jittered wait, when the
connection breaks or the server answers 429, 502, 503 or 504 (after Retry-After, if it names a bearable time).
Any other call is repeated only if the server surely did not act: it was never reached, or it answered 429.
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
    # requests takes a tenth of a second to import: `--help` does without.
    import requests

    from .request_bodies import Body

BASE_PATH = "/api/v1"
BUSY = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 30.0
BLOCK_BYTES = 1 << 16


class Transport:
    """Sends requests to one server as one user.

    `attempts` counts the first try too; `backoff_s` is the wait before the second, doubled for each further
    one. `timeout_s` bounds each silence of the server, not the whole transfer.
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
        import requests

        self.url = url
        self.token = token
        self.attempts = attempts
        self._backoff_s = backoff_s
        self._timeout = (min(timeout_s, 10.0), timeout_s)
        self._session = session or requests.Session()

    def send(
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
        """The answer to one call, its status below 300. Raises ApiError, ConnectionFailed."""
        import requests

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
                response = self._session.request(
                    method,
                    self.url + BASE_PATH + path,
                    params=params,
                    data=body if json_body is None else json.dumps(json_body, allow_nan=False).encode(),
                    headers=headers,
                    auth=self._authorize,
                    timeout=self._timeout,
                    stream=stream,
                    # Following would turn a POST into a GET; error_from_response() tells the user the right address.
                    allow_redirects=False,
                )
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
                return response  # An earlier try got through, and only its answer was lost.
            raise problem
        raise AssertionError("attempts must be at least 1")

    def fetch(self, method: str, path: str, **options: Any) -> Any:
        """As `send`, but the answer's JSON (None when it has no body). Raises UnexpectedResponse as well."""
        response = self.send(method, path, **options)
        if response.status_code == 204 or not response.content:
            return None
        try:
            return response.json()
        except ValueError as exc:
            raise UnexpectedResponse(
                f"{response.url} answered something other than JSON. Is {self.url} a No Brains ML server?"
            ) from exc

    def fetch_items(self, path: str, **params: Any) -> Iterator[Any]:
        """The items of a list, page after page."""
        wanted = {key: value for key, value in params.items() if value is not None}
        while True:
            page = self.fetch("GET", path, params=wanted)
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise UnexpectedResponse(f"{self.url}{BASE_PATH}{path} answered something other than a list.")
            yield from page["items"]
            token = page.get("next_page_token")
            if not token:
                return
            wanted["page_token"] = token

    def read(self, response: requests.Response) -> Iterator[bytes]:
        """The body of a streamed answer, each piece as soon as it is here. Raises ConnectionFailed."""
        import urllib3

        try:
            # read1, unlike iter_content, waits for no block to fill: an event is here when it is sent.
            while piece := response.raw.read1(BLOCK_BYTES, decode_content=True):
                yield piece
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise ConnectionFailed(self._explain(exc)) from exc

    def pause(self, attempt: int, wait_s: float | None = None) -> None:
        """Wait before the next try: as long as asked, or ever longer, jittered so that clients spread."""
        if wait_s is None:
            wait_s = min(LONGEST_WAIT_S, self._backoff_s * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        time.sleep(wait_s)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

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
    passing = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(exc, passing) and (repeatable or _never_reached(exc))


def _never_reached(exc: Exception) -> bool:
    """Whether no byte of the request can have arrived."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    cause = getattr(exc.args[0], "reason", None) if exc.args else None
    return isinstance(exc, ConnectTimeout) or isinstance(cause, NewConnectionError)
