"""A limit on predictions: it holds while the tables answer, and no prediction waits for tables that do not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait

from core.errors import Unavailable
from core.limits.rate_limit import RateLimit, block_size
from core.storage.fresh_cache import AWAY_S, WAIT_S

RESERVERS = 4


class ServingLimit(RateLimit):
    """A rate limit whose blocks are lent by the process itself while the tables are slow or away.

    What is lent is in no row: during an outage each process gives as much as it can.
    """

    def _reserve_block(self, subject: str, window: int, most: int) -> int:
        if time.monotonic() < self._away_until_s:
            return block_size(most)
        reservation = self._reservers.submit(super()._reserve_block, subject, window, most)
        if wait([reservation], WAIT_S).done:
            try:
                return reservation.result()
            except Unavailable:
                pass
        self._away_until_s = time.monotonic() + AWAY_S
        return block_size(most)

    _away_until_s = float("-inf")
    _reservers = ThreadPoolExecutor(RESERVERS, thread_name_prefix="limits")
