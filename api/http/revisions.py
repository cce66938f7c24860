"""Revisions of a thing as ETags, so that whoever has seen an older state changes nothing: `If-Match`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from flask import request

NEVER = -1
"""A revision that nothing has."""

_TAG = re.compile(r"([0-9]{1,9})(-[0-9a-f]{16})?")


def revision_etag(revision: int, body: dict[str, Any]) -> dict[str, str]:
    """Return the header of a body: the revision, and what tells apart bodies of the same one."""
    return {"ETag": f'"{revision}-{hashlib.sha256(orjson.dumps(body)).hexdigest()[:16]}"'}


def seen_revision(present: Callable[[], int]) -> int | None:
    """Return the revision that the client says it has seen, None if it does not say, or any will do (`*`).

    Args:
        present: returns the revision of now, for a client that names several.
    """
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    seen = [int(found[1]) for tag in request.if_match if (found := _TAG.fullmatch(tag or ""))]
    if len(seen) == 1:
        return seen[0]
    return now if seen and (now := present()) in seen else NEVER
