"""Checks of what a user says of a source, before anything is fetched: by its words alone, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.domain.records import Json
from core.domain.sources import APPEND, BUCKET, ENDPOINT, HTTP, REPLACE, SQL
from core.errors import Conflict, FetchFailed, Invalid
from core.limits.outgoing import NOT_ALLOWED, OutgoingPolicy

FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    HTTP: (("url",), ("headers",)),
    SQL: (("url", "query"), ("user", "password", "cursor")),
    BUCKET: (("url",), ("credentials", "user", "region", "endpoint_url")),
    ENDPOINT: (("endpoint",), ("labelled", "window")),
}
"""Of each kind the fields that it needs, and those that it may have."""
ALL_FIELDS = tuple(sorted({name for needed, others in FIELDS.values() for name in (*needed, *others)}))
HTTP_SCHEMES = ("https", "http")
SQL_SCHEMES = ("postgresql", "postgres", "mysql", "mariadb", "sqlite")
BUCKET_SCHEMES = ("gs", "s3", "az")
SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_NOT_YOURS = ("host", "content-length", "transfer-encoding", "connection", "range", "accept-encoding")
_WINDOW = re.compile(r"([1-9][0-9]{0,4})([dhm])")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
MAX_WINDOW_MINUTES = 3660 * 24 * 60
MAX_QUERY = 20_000


def check_source(kind: str, said: Json, policy: OutgoingPolicy) -> Json:
    """Return the spec of a source of this kind; raises Invalid and names each field that is wrong.

    Args:
        kind: of the source.
        said: the fields of `FIELDS` that its user has given.
        policy: which addresses may be asked.
    """
    needed, others = FIELDS[kind]
    said = {name: value for name, value in said.items() if value is not None}
    for name in needed:
        if name not in said:
            raise wrong(name, f"A source of the kind {kind!r} needs `{name}`.", "FIELD_MISSING")
    if unknown := [name for name in said if name not in (*needed, *others)]:
        names = ", ".join((*needed, *others))
        detail = f"A source of the kind {kind!r} has no `{unknown[0]}`; it may have {names}."
        raise Invalid("FIELD_UNKNOWN", detail, [{"field": name, "detail": f"not for {kind}"} for name in unknown])
    if kind == HTTP:
        check_allowed(said["url"], policy, HTTP_SCHEMES)
        check_headers(said.get("headers", {}))
    elif kind == SQL:
        _check_sql(said, policy)
    elif kind == BUCKET:
        _check_bucket(said, policy)
    else:
        window_minutes(said.setdefault("window", "90d"))
        said.setdefault("labelled", True)
    return said


def check_allowed(url: str, policy: OutgoingPolicy, schemes: Iterable[str], field: str = "url") -> None:
    """Raise Invalid BAD_URL or ADDRESS_NOT_ALLOWED, Conflict FETCH_OFF."""
    try:
        policy.check_url(url, schemes)
    except FetchFailed as exc:
        if exc.reason == "FETCH_OFF":
            raise Conflict(exc.reason, exc.detail) from exc
        hint = ""
        if field == "url" and "@" in urlsplit_safely(url):
            hint = ' Give the password as a header with a secret: {"Authorization": {"secret": "name"}}.'
        raise wrong(field, f"{exc.detail} {exc.hint}".strip() + hint, exc.reason) from exc


def check_headers(headers: Mapping[str, Any]) -> None:
    """Raise Invalid for a header that cannot be sent, or whose value should be a secret."""
    if len(headers) > 50:
        raise wrong("headers", "There are at most 50 headers.")
    for name, value in headers.items():
        field = f"headers.{name[:100]}"
        if not _HEADER_NAME.fullmatch(name):
            raise wrong(field, f"{name[:100]!r} is no name of a header: it has letters, digits and hyphens.")
        if name.lower() in _NOT_YOURS:
            raise wrong(field, f"The header {name} is set by the service: leave it out.")
        if isinstance(value, Mapping):
            continue
        if not (isinstance(value, str) and len(value) <= 4000 and value.isascii() and value.isprintable()):
            raise wrong(field, f"The header {name} is not up to 4,000 printable ASCII characters on one line.")
        if name.lower() in SECRET_HEADERS:
            raise wrong(
                field,
                f"The header {name} holds a secret, and everybody with the right to read sees what stands here. Store "
                f'it (`nobrains secrets set NAME`) and give {{"secret": "NAME"}} in its place.',
                "SECRET_IN_THE_OPEN",
            )


def _check_sql(said: Json, policy: OutgoingPolicy) -> None:
    parts = _parts(said["url"], SQL_SCHEMES, "postgresql://host/database")
    if parts.scheme == "sqlite":
        for name in ("user", "password"):
            if name in said:
                raise wrong(name, "A SQLite file has no user and no password: leave it out.")
    elif not parts.hostname or len(parts.path) < 2:
        raise wrong("url", "It must name a host and a database: postgresql://host/database.", "BAD_URL")
    else:
        check_allowed(said["url"], policy, SQL_SCHEMES)
    query = said["query"]
    if not query.strip() or len(query) > MAX_QUERY or "\0" in query:
        raise wrong("query", f"It must be a SELECT of at most {MAX_QUERY:,} characters.")
    if not re.match(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(?\s*(select|with|values|table)\b", query, re.I | re.S):
        raise wrong("query", "It must begin with SELECT or WITH: a source is read, and never written.", "NOT_A_SELECT")


def _check_bucket(said: Json, policy: OutgoingPolicy) -> None:
    parts = _parts(said["url"], BUCKET_SCHEMES, "gs://bucket/folder/*.csv")
    if not parts.netloc or len(parts.path) < 2:
        raise wrong("url", "It must name a bucket and objects in it: gs://bucket/folder/*.csv.", "BAD_URL")
    if "endpoint_url" in said:
        _check_server(said["endpoint_url"], policy)
    credentials = said.get("credentials", "ambient")
    if isinstance(credentials, str) and credentials != "ambient":
        raise wrong(
            "credentials",
            'Credentials are {"secret": "NAME"}, where the secret is stored by `nobrains secrets set NAME`, or '
            '"ambient" for those of the service.',
            "SECRET_IN_THE_OPEN",
        )


def _check_server(url: str, policy: OutgoingPolicy) -> None:
    """Check the address of a server of the user's own as the fetch will, but for what its name leads to then."""
    check_allowed(url, policy, HTTP_SCHEMES, "endpoint_url")
    target = policy.check_url(url, HTTP_SCHEMES)
    if target.path != "/":
        raise wrong("endpoint_url", "It must name a server, without a path: https://minio.example.org.", "BAD_URL")
    if not policy.is_listed(target):
        detail = f"{target.host} is no cloud's own host, and not among those that the operator names for it."
        raise wrong("endpoint_url", f"{detail} Ask the operator to name it in NOBRAINS_FETCH_ALLOW.", NOT_ALLOWED)


def check_reading(mode: str | None, key: Iterable[str], spec: Json, kind: str) -> str:
    """Return the mode of a source: what has a cursor, or nothing said but keys of such, is appended.

    Raises Invalid for what does not go together.
    """
    has_cursor = spec.get("cursor") is not None
    if mode == REPLACE and has_cursor:
        raise wrong("mode", "With a `cursor` each fetch brings further rows only: the mode must be append.")
    if mode == APPEND and kind == ENDPOINT:
        raise wrong("mode", "Requests of an endpoint are kept already: each dataset holds all of the window.")
    names = list(key)
    if len(set(names)) != len(names):
        raise wrong("key", "A column is named twice.")
    return mode or (APPEND if has_cursor else REPLACE)


def window_minutes(window: str) -> int:
    """Return how many minutes a window has, such as 90d, 12h; raises Invalid."""
    match = _WINDOW.fullmatch(window)
    minutes = int(match[1]) * _MINUTES[match[2]] if match else 0
    if not 0 < minutes <= MAX_WINDOW_MINUTES:
        raise wrong("window", "It must be a number of days, hours or minutes: 90d, 12h, 30m.")
    return minutes


def wrong(field: str, detail: str, reason: str = "VALIDATION_FAILED") -> Invalid:
    """Make the error for a field."""
    return Invalid(reason, f"{field}: {detail}", [{"field": field, "detail": detail}])


def urlsplit_safely(url: str) -> str:
    """Return the part of a URL that names user and host, "" of what is no URL."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _parts(url: str, schemes: tuple[str, ...], example: str) -> Any:
    if not url.isprintable() or " " in url or len(url) > 2000:
        raise wrong("url", "It must be at most 2,000 printable characters, without blanks.", "BAD_URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise wrong("url", f"This address cannot be used: {exc}.", "BAD_URL") from exc
    if parts.scheme not in schemes:
        named = ", ".join(f"{scheme}://" for scheme in schemes)
        raise wrong("url", f"It must begin with one of {named}, such as {example}.", "BAD_URL")
    if "@" in parts.netloc:
        raise wrong(
            "url", "It must hold no user and no password: everybody with the right to read sees it. Give `user`, and "
            '`password` as {"secret": "NAME"}.', "SECRET_IN_THE_OPEN",
        )  # fmt: skip
    if port == 0 or parts.fragment:
        raise wrong("url", "It must have no port 0 and nothing behind a #.", "BAD_URL")
    if re.search(r"(?:^|&)(password|pwd|passwd|user|token|secret)=", parts.query, re.IGNORECASE):
        raise wrong("url", 'It must hold no password: give `password` as {"secret": "NAME"}.', "SECRET_IN_THE_OPEN")
    return parts
