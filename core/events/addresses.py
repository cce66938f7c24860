"""Whether an address lies below another."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit


def is_below(url: str, base: str) -> bool:
    """Return whether an address is that of a source, or lies below it.

    It has the same scheme and server, and a path that begins so. A pattern (`gs://bucket/day-*.csv`) ends where its
    first `*` is. What two programs could read differently does not lie below anything.
    """
    if any(not 0x21 <= ord(each) < 0x7F or each == "\\" for each in url):
        return False
    try:
        one, other = urlsplit(url), urlsplit(base)
        same = (one.scheme.lower(), one.hostname, one.port) == (other.scheme.lower(), other.hostname, other.port)
    except ValueError:
        return False
    if not same or "@" in one.netloc or one.fragment:
        return False
    path, root = unquote(one.path), unquote(other.path)
    if "\\" in path or "%" in path or posixpath.normpath(path or "/").rstrip("/") != (path or "/").rstrip("/"):
        return False
    if "*" in root:
        return path.startswith(root.partition("*")[0])
    return path == root or path.startswith(root.rstrip("/") + "/")
