"""Find the server and the token: arguments first, then the environment, then what `login` saved.

NOBRAINS_URL and NOBRAINS_TOKEN win over the file (`~/.config/nobrains/credentials.json`, mode 0600;
XDG_CONFIG_HOME is honored).
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .errors import NoBrainsError

DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Credentials:
    """Hold the address of a server and the token for it (None: not signed in)."""

    url: str
    token: str | None = field(default=None, repr=False)


def resolve(url: str | None = None, token: str | None = None) -> Credentials:
    """Return the credentials to use.

    Raises:
        NoBrainsError: The address is not one.
    """
    saved = load()
    chosen = clean_url(url or os.environ.get("NOBRAINS_URL") or (saved.url if saved else DEFAULT_URL))
    token = token or os.environ.get("NOBRAINS_TOKEN")
    # A saved token belongs to the server that gave it: no other server may see it.
    if token is None and saved is not None and saved.url == chosen:
        token = saved.token
    return Credentials(chosen, token)


def clean_url(url: str) -> str:
    """Return `url` without a trailing slash or `/api/v1`.

    Raises:
        NoBrainsError: `url` does not begin with http(s)://host.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise NoBrainsError(f"{url!r} is not a server address: it must have the form https://host or {DEFAULT_URL}.")
    return url.strip().rstrip("/").removesuffix("/api/v1").rstrip("/")


def path() -> Path:
    """Return the path of the file that keeps the credentials."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "nobrains" / "credentials.json"


def load() -> Credentials | None:
    """Return the saved credentials, None if there are none.

    Raises:
        NoBrainsError: The file is damaged.
    """
    try:
        saved = json.loads(path().read_text("utf-8"))
        return Credentials(saved["url"], saved.get("token"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise NoBrainsError(f"Cannot read {path()}: {exc!r}. Delete it and sign in again.") from exc


def save(credentials: Credentials) -> Path:
    """Write `credentials` to a file that only this user can read; return its path."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file 0600 before the secret is in it; the rename never leaves half a file behind.
    descriptor, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": credentials.url, "token": credentials.token}, file)
    os.replace(temporary, target)
    return target
