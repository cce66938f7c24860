"""Words that people search lists for: case makes no difference, and all words must occur.

There is no index: a page of a list that is searched reads a bounded number of rows (`rows.page_where`), so that it may
have few items, or none, and still a next page.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_LARGE_ROWS = 500
"""Rows that one page of a search reads at most where a row may have some hundred kilobytes."""


def matches(search: str | None, texts: Iterable[str | None]) -> bool:
    """Return whether every word occurs in one of the texts; None and blanks match all."""
    words = (search or "").casefold().split()
    return not words or _all_in(words, "\n".join(filter(None, texts)).casefold())


def _all_in(words: Iterable[str], text: str) -> bool:
    return all(word in text for word in words)
