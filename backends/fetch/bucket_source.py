"""Objects of buckets: one as it is, or all that a pattern names, one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from backends.fetch.bucket_store import BucketStores, Place, place_of
from backends.fetch.failures import no_data, not_authorized, not_found
from backends.fetch.joined_objects import join
from backends.fetch.resolving import Resolve, resolve
from core.domain.records import Json
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, Opened, file_too_large
from core.storage import rows

if TYPE_CHECKING:
    from obstore import ObjectMeta

    from backends.fetch.bucket_store import Store

CHUNK_BYTES = 1 << 20
MAX_OBJECTS = 10_000
MAX_LISTED = 200_000
PAGE = 1000


class BucketSource:
    """The `SourceReader` port over buckets: `{url, credentials?, user?, region?, endpoint_url?}`."""

    def __init__(
        self, policy: OutgoingPolicy, limits: FetchLimits, ambient: str = "", resolver: Resolve = resolve
    ) -> None:
        self.limits = limits
        self.stores = BucketStores(policy, limits, ambient, resolver)

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: object = None
    ) -> Opened | None:
        """Look the objects up, and read them unless they are those of `since`."""
        place = place_of(spec["url"])
        store = self.stores.open(place, spec, secrets)
        found = self._find(store, place)
        version = _version(found)
        if since and version["objects"] == since.get("objects"):
            return None
        if sum(each["size"] for each in found) > self.limits.max_bytes:
            raise file_too_large(self.limits.max_bytes)
        if not any(each["size"] for each in found):
            raise no_data(spec["url"])
        name = found[-1]["path"].rsplit("/", 1)[-1]
        if len(found) == 1:
            return Opened(_read(store, found[0]), version=version, name=name)
        return Opened(join((each["path"], _read(store, each)) for each in found), version=version, name=name)

    def _find(self, store: Store, place: Place) -> list[ObjectMeta]:
        import obstore

        with _errors(place):
            if "*" not in place.pattern:
                return [obstore.head(store, place.pattern)]
            matches = glob_pattern(place.pattern).fullmatch
            folder = place.pattern.partition("*")[0].rpartition("/")[0]
            listed = islice(_listed(store, folder), MAX_LISTED)
            found = [each for each in listed if matches(each["path"]) and not each["path"].endswith("/")]
        if not found:
            raise not_found(f"object {place.pattern[:300]!r}", place.bucket)
        if len(found) > MAX_OBJECTS:
            detail = f"More than {MAX_OBJECTS:,} objects match {place.pattern[:300]!r}."
            raise FetchFailed("TOO_MANY_OBJECTS", detail, "Name fewer of them, such as those of one month.")
        return sorted(found, key=lambda each: each["path"])


def glob_pattern(text: str) -> re.Pattern[str]:
    """Return what `*`, any characters but `/`, and `**`, any characters, stand for."""
    parts = re.split(r"(\*\*|\*)", text)
    wild = {"*": "[^/]*", "**": ".*"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts), re.DOTALL)


def _listed(store: Store, folder: str) -> Iterator[ObjectMeta]:
    import obstore

    for page in obstore.list(store, folder or None, chunk_size=PAGE):
        yield from page


def _read(store: Store, meta: ObjectMeta) -> Iterator[bytes]:
    """Yield the object as it was when it was looked up. Raises FetchFailed."""
    import obstore

    options: Any = {"if_match": meta["e_tag"]} if meta["e_tag"] else {}
    with _errors(None, meta["path"]):
        size = 0
        for chunk in obstore.get(store, meta["path"], options=options).stream(min_chunk_size=CHUNK_BYTES):
            size += len(chunk)
            yield bytes(chunk)
    if size != meta["size"]:
        raise FetchFailed(
            "TRUNCATED_BODY", f"{meta['path']} ended after {size:,} of {meta['size']:,} bytes.", "Fetch it again."
        )


def _version(found: list[ObjectMeta]) -> Json:
    states = [
        [each["path"], each["size"], each["e_tag"] or each["version"] or each["last_modified"].isoformat()]
        for each in found
    ]
    version: Json = {"objects": rows.digest(rows.dump(states))}
    if len(found) == 1:
        version |= {"etag": found[0]["e_tag"], "generation": found[0]["version"]}
    return {name: value for name, value in version.items() if value}


@contextmanager
def _errors(place: Place | None, name: str = "") -> Iterator[None]:
    """Turn errors of the library into words; its own may hold addresses with signatures."""
    from obstore.exceptions import BaseError, PermissionDeniedError, PreconditionError, UnauthenticatedError

    where = place.bucket if place else name
    try:
        yield
    except FileNotFoundError as exc:
        raise not_found(f"object {place.pattern[:300] if place else name!r}", where) from exc
    except (PermissionDeniedError, UnauthenticatedError) as exc:
        raise not_authorized(where, "it refuses these credentials, or wants some") from exc
    except PreconditionError as exc:
        detail = f"{name} was changed while it was read."
        raise FetchFailed("CHANGED_MEANWHILE", detail, "Fetch it again.") from exc
    except (BaseError, OSError, ValueError) as exc:
        words = str(exc).lower()
        if "403" in words or "401" in words:
            raise not_authorized(where, "it refuses these credentials, or wants some") from exc
        hint = "Check the bucket's name and region."
        reason = "TIMED_OUT" if "timed out" in words else "CONNECTION_FAILED"
        raise FetchFailed(reason, f"{where} cannot be read: the cloud does not answer as it should.", hint) from exc
