"""The files that pages are made of: our own modules and styles, and two files out of Python wheels.

Each is found under an address that changes whenever it does, so a browser keeps what it got for good.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, request

from api.middleware.auth import public
from core.errors import NotFound

blueprint = Blueprint("assets", __name__)

APP = Path(__file__).parents[2] / "static" / "app"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
WHEELS = {
    "bootstrap.css": ("Bootstrap-Flask", "flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css"),
    "plotly.js": ("plotly", "plotly", "package_data/plotly.min.js"),
}
"""Name here -> distribution, package, path within it."""

FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: its bytes, packed and not, and its type."""

    plain: bytes
    packed: bytes
    content_type: str


@cache
def app_files() -> dict[str, Path]:
    """Return our own files by their name below /app/DIGEST/: requests look names up here, never on the disk."""
    return {path.relative_to(APP).as_posix(): path for path in sorted(APP.rglob("*")) if path.suffix in TYPES}


@cache
def app_digest() -> str:
    """Return a digest of all our own files together: their imports of each other are relative."""
    digest = hashlib.sha256()
    for name, path in app_files().items():
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def app_url(name: str) -> str:
    """Return the address of one of our own files."""
    return f"/app/{app_digest()}/{name}"


def wheel_url(name: str) -> str:
    """Return the address of a file of WHEELS."""
    return f"/wheels/{version(WHEELS[name][0])}/{name}"


@blueprint.get("/app/<digest>/<path:name>")
@public
def app_asset(digest: str, name: str) -> Response:
    """Serve one of our own files. A page of before an update gets the present ones, and does not keep them."""
    path = app_files().get(name)
    if path is None:
        raise NotFound("file", name)
    return _send(path, digest == app_digest())


@blueprint.get("/wheels/<release>/<name>")
@public
def wheel_asset(release: str, name: str) -> Response:
    """Serve a file out of a wheel."""
    if name not in WHEELS:
        raise NotFound("file", name)
    distribution, package, inner = WHEELS[name]
    return _send(_folder(package) / inner, release == version(distribution))


def _folder(package: str) -> Path:
    """Return the folder of an installed package. It is not imported: only its files are needed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise NotFound("file", package)
    return Path(spec.origin).parent


def _send(path: Path, for_good: bool) -> Response:
    asset = _read(path)
    packed = request.accept_encodings.quality("gzip") > 0
    answer = Response(asset.packed if packed else asset.plain)
    if packed:
        answer.content_encoding = "gzip"
    answer.content_type = asset.content_type
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = FOR_GOOD if for_good else "no-cache"
    answer.set_etag(hashlib.sha256(asset.packed if packed else asset.plain).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=256)
def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    return Asset(plain, gzip.compress(plain, 6, mtime=0), TYPES[path.suffix])
