"""Load the models of versions that are about to answer, so that a promotion keeps no request waiting."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock

import structlog

from core.domain.endpoints import CHAMPION, Endpoint
from core.errors import NoBrainsError

log = structlog.get_logger(__name__)

WAIT_S = 0.4
"""Seconds that an endpoint's new state is held back while models load. Requests go on with the state before."""
MAX_ENDPOINTS = 10_000


class Preloader:
    """Loads what an endpoint in use is about to serve. Safe from several threads.

    Args:
        load: loads a version of an endpoint.
    """

    def __init__(self, load: Callable[[Endpoint, int], object]) -> None:
        self._load = load
        self._lock = Lock()
        self._served: OrderedDict[tuple[str, str], frozenset[int]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="preload")

    def prepare(self, endpoint: Endpoint) -> None:
        """Return once all that the endpoint serves is loaded, or loading takes too long, or fails.

        Of an endpoint that is new here nothing is loaded ahead: the request that has asked for it loads what it needs.
        """
        traffic = endpoint.traffic
        served = frozenset(
            endpoint.aliases[alias]
            for alias in (CHAMPION, *traffic.split, *traffic.shadow)
            if alias in endpoint.aliases
        )
        key = (endpoint.user_id, endpoint.name)
        with self._lock:
            before = self._served.pop(key, None)
            self._served[key] = served
            if len(self._served) > MAX_ENDPOINTS:
                self._served.popitem(last=False)
        if before is not None and (more := served - before):
            wait([self._pool.submit(self._try, endpoint, version) for version in more], WAIT_S)

    def _try(self, endpoint: Endpoint, version: int) -> None:
        try:
            self._load(endpoint, version)
        except NoBrainsError as exc:  # Whoever asks for the version is told.
            log.warning("preload.failed", endpoint=endpoint.name, version=version, error=str(exc)[:300])
