"""Stores of buckets: at the clouds' own hosts, or at servers that the operator names, and at no other.

obstore connects by itself, so what was checked would be looked up again: the address is therefore no user's to choose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from backends.fetch.connection import CONNECT_S
from backends.fetch.resolving import Resolve, pinned_addresses
from core.domain.records import Json
from core.errors import FetchFailed
from core.limits.outgoing import NOT_ALLOWED, OutgoingPolicy
from core.secrets.references import reveal
from core.source_ports import FetchLimits

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    Store = AzureStore | GCSStore | S3Store

GS, S3, AZ = "gs", "s3", "az"
AMBIENT = "ambient"
DEFAULT_REGION = "us-east-1"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,100}")
_OF_S3 = {"access_key_id", "secret_access_key", "session_token"}
_OF_GS = {"client_email", "private_key", "private_key_id"}
_OF_AZ = {"account_key", "sas_token", "client_id", "client_secret", "tenant_id"}


@dataclass(frozen=True)
class Place:
    """Where objects are: a bucket, and the pattern of their names.

    Attributes:
        account: of Azure alone.
    """

    kind: str
    bucket: str
    pattern: str
    account: str = ""


def place_of(url: str) -> Place:
    """Return what `gs://bucket/a/*.csv`, `s3://…` or `az://account/container/…` names. Raises FetchFailed BAD_URL."""
    parts = urlsplit(url)
    kind, bucket, pattern, account = parts.scheme, parts.netloc, unquote(parts.path.lstrip("/")), ""
    if kind == AZ:
        account, (bucket, _, pattern) = bucket, pattern.partition("/")
    is_good = kind in (GS, S3, AZ) and bool(_BUCKET.fullmatch(bucket)) and ".." not in bucket
    is_good = is_good and not {"", ".", ".."} & set(pattern.split("/"))
    if not is_good or parts.query or parts.fragment or (kind == AZ and not _ACCOUNT.fullmatch(account)):
        detail = "It is written gs://bucket/folder/*.csv, s3://bucket/folder/*.csv or az://account/container/*.csv."
        raise FetchFailed("BAD_URL", f"The address of the bucket cannot be used. {detail}", "Correct the source's url.")
    return Place(kind, bucket, pattern, account)


class BucketStores:
    """Opens stores.

    Args:
        policy: which hosts may be asked.
        limits: of a fetch.
        ambient: buckets, `gs://name`, that users may read as the service itself.
        resolver: finds addresses of names.
    """

    def __init__(self, policy: OutgoingPolicy, limits: FetchLimits, ambient: str, resolver: Resolve) -> None:
        self.policy = policy
        self.limits = limits
        self.ambient = frozenset(filter(None, (each.strip().rstrip("/") for each in ambient.split(","))))
        self.resolver = resolver

    def open(self, place: Place, spec: Json, secrets: Mapping[str, str]) -> Store:
        """Return the store of a bucket. Raises FetchFailed."""
        from obstore.store import AzureStore, GCSStore, S3Store

        endpoint = self._endpoint(place, spec)
        config: Any = self._credentials(place, spec, secrets)
        client: Any = {
            "allow_http": bool(endpoint and endpoint.startswith("http://")), "connect_timeout": f"{CONNECT_S:g}s",
            "read_timeout": f"{round(self.limits.stall_s * 1000)}ms", "timeout": f"{round(self.limits.seconds)}s",
        }  # fmt: skip
        retry: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
        options: Any = {"client_options": client, "retry_config": retry}
        try:
            if place.kind == S3:
                config |= {"region": self._region(spec), "virtual_hosted_style_request": False}
                host = endpoint or f"https://s3.{self._region(spec)}.amazonaws.com"
                # Both, as the environment may have a word of its own for the second.
                config |= {"endpoint": host, "aws_endpoint_url_s3": host}
                return S3Store(place.bucket, config=config, **options)
            if place.kind == GS:
                config |= {"base_url": endpoint or "https://storage.googleapis.com"}
                return GCSStore(place.bucket, config=config, **options)
            config |= {"account_name": place.account}
            config |= {"endpoint": endpoint or f"https://{place.account}.blob.core.windows.net"}
            return AzureStore(place.bucket, config=config, **options)
        except Exception as exc:  # Of its own kinds; its words may hold what the secret holds.
            raise bad_credentials("they are not what this cloud takes") from exc

    def _endpoint(self, place: Place, spec: Json) -> str:
        said = spec.get("endpoint_url") or ""
        if said:
            target = self.policy.check_url(said)
            if not self.policy.is_listed(target) or target.path != "/":
                detail = f"{target.host} is no cloud's own host, and not among those that the operator names for it."
                raise FetchFailed(NOT_ALLOWED, detail, "Ask the operator to name it in NOBRAINS_FETCH_ALLOW.")
            return f"{target.scheme}://{target.host_header}"
        hosts = {
            S3: f"s3.{self._region(spec)}.amazonaws.com",
            GS: "storage.googleapis.com",
            AZ: f"{place.account}.blob.core.windows.net",
        }
        pinned_addresses(self.policy.check_url(f"https://{hosts[place.kind]}/"), self.policy, self.resolver)
        return ""

    def _region(self, spec: Json) -> str:
        region = str(spec.get("region") or DEFAULT_REGION)
        if not _REGION.fullmatch(region):
            raise FetchFailed("BAD_URL", "The region is written eu-central-1, for example.", "Correct the region.")
        return region

    def _credentials(self, place: Place, spec: Json, secrets: Mapping[str, str]) -> Json:
        said = spec.get("credentials")
        if said == AMBIENT:
            if f"{place.kind}://{place.account or place.bucket}" not in self.ambient:
                detail = "The operator lets nobody read this bucket as the service (NOBRAINS_FETCH_AMBIENT)."
                raise FetchFailed("AMBIENT_NOT_ALLOWED", detail, "Give credentials of your own as a secret.")
            return {}
        if said is None:
            return {"skip_signature": True}
        return credentials_of(place.kind, str(reveal(said, secrets)), str(spec.get("user") or ""))


def credentials_of(kind: str, secret: str, user: str = "") -> Json:
    """Return the configuration of a secret, JSON or the bare key of `user`: known fields of it, and no address.

    Raises FetchFailed BAD_CREDENTIALS.
    """
    if kind == S3 and user and not secret.lstrip().startswith("{"):
        return {"access_key_id": user, "secret_access_key": secret}
    if kind == AZ and not secret.lstrip().startswith("{"):
        return {"account_key": secret}
    try:
        said = json.loads(secret)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise bad_credentials("the secret is no JSON object")
    found = {name: str(value) for name, value in said.items() if name in _OF_S3 | _OF_GS | _OF_AZ}
    if kind == S3 and {"access_key_id", "secret_access_key"} <= found.keys():
        return {name: found[name] for name in _OF_S3 & found.keys()}
    if kind == GS and said.get("type") == "service_account" and found.keys() >= _OF_GS:
        # The file may name other hosts to sign in at, and to read from.
        return {"service_account_key": json.dumps({name: found[name] for name in _OF_GS})}
    if kind == AZ and _TENANT.fullmatch(found.get("tenant_id", "x")) and _OF_AZ & found.keys():
        named = {"sas_token": "sas_key"}
        return {named.get(name, name): found[name] for name in _OF_AZ & found.keys()}
    wanted = {S3: "access_key_id and secret_access_key", GS: "a key file of a service account", AZ: "account_key"}
    raise bad_credentials(f"the secret is not {wanted[kind]}")


def bad_credentials(why: str) -> FetchFailed:
    """Make the error for credentials that cannot even be tried."""
    return FetchFailed("BAD_CREDENTIALS", f"The credentials of the bucket cannot be used: {why}.", "Store them again.")
