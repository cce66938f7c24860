"""Ways into the service's own network by way of sources: files, databases, buckets. None of them connects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backends.fetch.bucket_source import BucketSource
from backends.fetch.bucket_store import credentials_of, place_of
from backends.fetch.http_source import HttpSource
from backends.fetch.sql_source import SqlSource
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, SourceReader
from tests.unit.backends.fetch.conftest import Server, Talk, redirects_to, says
from tests.unit.backends.fetch.test_guard import NAMES, WAYS_IN, resolver

Serve = Callable[[Talk], Server]
LIMITS = FetchLimits(10_000, 1000, 5.0, 1.0)
REFUSED = {"BAD_URL", "ADDRESS_NOT_ALLOWED", "NAME_NOT_FOUND"}
OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na\n1\n"


def refused(reader: SourceReader, spec: dict[str, Any], server: Server, secrets: dict[str, str] | None = None) -> str:
    spec = {name: value.replace("PORT", str(server.port)) if isinstance(value, str) else value
            for name, value in spec.items()}  # fmt: skip
    with pytest.raises(FetchFailed) as caught:
        reader.open(spec, secrets or {})
    assert server.connections == 0
    return caught.value.reason


@pytest.mark.parametrize("url", WAYS_IN)
def test_no_file_of_a_server_inside(url: str, serve: Serve) -> None:
    reader = HttpSource(OutgoingPolicy("public"), LIMITS, resolver)
    assert refused(reader, {"url": url}, serve(says(OK))) in REFUSED


@pytest.mark.parametrize("url", [url for url in WAYS_IN if "://" in url and ":///" not in url])
def test_no_file_behind_a_redirect(url: str, serve: Serve) -> None:
    inside = serve(says(OK))
    url = "".join(char for char in url.replace("PORT", str(inside.port)) if char not in "\r\n ")
    front = serve(lambda connection: redirects_to(url)(connection))
    names = {**NAMES, "front.test": ["127.0.0.1"]}
    policy = OutgoingPolicy("public", [f"front.test:{front.port}"])
    reader = HttpSource(policy, LIMITS, lambda host, _: names.get(host, []))
    with pytest.raises(FetchFailed):
        reader.open({"url": f"http://front.test:{front.port}/"}, {})
    assert (front.connections, inside.connections) == (1, 0)


@pytest.mark.parametrize("hops", range(1, 6))
def test_no_file_behind_any_number_of_redirects(hops: int, serve: Serve) -> None:
    inside = serve(says(OK))
    front: Server = serve(
        lambda connection: redirects_to(
            f"http://front.test:{front.port}/{front.connections}"
            if front.connections < hops
            else f"http://inside.test:{inside.port}/"
        )(connection)
    )
    names = {"front.test": ["127.0.0.1"], "inside.test": ["127.0.0.1"]}
    policy = OutgoingPolicy("public", [f"front.test:{front.port}"])
    reader = HttpSource(policy, LIMITS, lambda host, _: names[host])
    with pytest.raises(FetchFailed, match="ADDRESS_NOT_ALLOWED"):
        reader.open({"url": f"http://front.test:{front.port}/"}, {})
    assert (front.connections, inside.connections) == (hops, 0)


def test_a_name_that_leads_inside_from_the_second_time_on_is_looked_up_at_each_redirect(serve: Serve) -> None:
    inside = serve(says(OK))
    front: Server = serve(lambda connection: redirects_to(f"http://rebinding.test:{inside.port}/")(connection))
    answers = [["127.0.0.1"], ["127.0.0.1"]]
    policy = OutgoingPolicy("public", [f"rebinding.test:{front.port}"])
    reader = HttpSource(policy, LIMITS, lambda *_: answers.pop(0))
    with pytest.raises(FetchFailed, match="ADDRESS_NOT_ALLOWED"):
        reader.open({"url": f"http://rebinding.test:{front.port}/"}, {})
    assert (front.connections, inside.connections, answers) == (1, 0, [])


DATABASES = [
    *(f"{scheme}://{host}:PORT/db"
      for scheme in ("postgresql", "mysql")
      for host in ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost",
                   "loopback.test", "mapped.test", "one-of-two.test", "private.test", "metadata.google.internal",
                   "nat64.test", "0.0.0.0", "user@127.0.0.1", "public.test,127.0.0.1", "%2Ftmp", "")),
    "postgresql://public.test:22/db",
    "postgresql:///db?host=127.0.0.1",
    "postgresql://public.test/db?host=127.0.0.1",
    "postgresql://public.test/db?hostaddr=127.0.0.1",
    "postgresql://public.test/db?service=x",
    "postgresql://public.test/db?sslmode=disable",
    "mysql://public.test/db?unix_socket=/run/mysqld/mysqld.sock",
    "mysql://public.test/db?read_default_file=/etc/mysql/my.cnf",
    "mysql+pymysql://127.0.0.1:PORT/db",
    "oracle://127.0.0.1:PORT/db",
]  # fmt: skip


@pytest.mark.parametrize("url", DATABASES)
def test_no_database_inside(url: str, serve: Serve) -> None:
    reader = SqlSource(OutgoingPolicy("public"), LIMITS, resolver=resolver)
    assert refused(reader, {"url": url, "query": "SELECT 1"}, serve(says(OK))) in REFUSED


BUCKETS: list[dict[str, Any]] = [
    {"url": "s3://bucket/a.csv", "endpoint_url": endpoint}
    for endpoint in (
        "http://127.0.0.1:PORT", "http://localhost:PORT", "http://2130706433:PORT", "http://[::1]:PORT",
        "http://loopback.test:PORT", "http://169.254.169.254", "http://public.test:PORT", "https://public.test",
        "ftp://127.0.0.1:PORT", "http://user@127.0.0.1:PORT", "http://127.0.0.1:PORT/path",
    )
] + [
    {"url": url}
    for url in (
        "s3://127.0.0.1:PORT/a.csv", "s3://bucket@127.0.0.1/a.csv", "s3://bucket/../x?endpoint=http://127.0.0.1",
        "s3://a..b/c", "gs:///a.csv", "gs://bucket", "az://127.0.0.1:PORT/container/a", "az://evil.test#/container/a",
        "az://account/Container/a", "file:///etc/passwd", "http://127.0.0.1:PORT/", "s3://bucket/a.csv#x",
    )
] + [
    {"url": "s3://bucket/a.csv", "region": "x.evil.test/"},
    {"url": "s3://bucket/a.csv", "region": "a@127.0.0.1"},
]  # fmt: skip


@pytest.mark.parametrize("spec", BUCKETS, ids=lambda spec: " ".join(map(str, spec.values())))
def test_no_bucket_inside(spec: dict[str, Any], serve: Serve) -> None:
    reader = BucketSource(OutgoingPolicy("public"), LIMITS, resolver=lambda *_: ["93.184.216.34"])
    assert refused(reader, spec, serve(says(OK))) in REFUSED


@pytest.mark.parametrize("url", ["s3://bucket/a.csv", "gs://bucket/a.csv", "az://account/container/a.csv"])
def test_a_cloud_whose_name_leads_inside_is_not_asked(url: str, serve: Serve) -> None:
    reader = BucketSource(OutgoingPolicy("public"), LIMITS, resolver=lambda *_: ["127.0.0.1"])
    assert refused(reader, {"url": url}, serve(says(OK))) == "ADDRESS_NOT_ALLOWED"


@pytest.mark.parametrize("mode", ["off", "allowlist"])
@pytest.mark.parametrize(
    ("reader", "spec"),
    [
        (HttpSource, {"url": "https://public.test/a.csv"}),
        (SqlSource, {"url": "postgresql://public.test/db", "query": "SELECT 1"}),
        (BucketSource, {"url": "gs://bucket/a.csv"}),
    ],
)
def test_where_it_is_not_allowed_nothing_goes_out(reader: Any, spec: dict[str, Any], mode: str, serve: Serve) -> None:
    made = reader(OutgoingPolicy(mode), LIMITS, resolver=resolver)
    assert refused(made, spec, serve(says(OK))) == ("FETCH_OFF" if mode == "off" else "ADDRESS_NOT_ALLOWED")


def test_the_environment_sends_a_bucket_nowhere_else(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere, named = serve(says(OK)), serve(says("HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "GOOGLE_BASE_URL", "AZURE_STORAGE_ENDPOINT",
                 "AZURE_ENDPOINT"):  # fmt: skip
        monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
    reader = BucketSource(OutgoingPolicy("public", [f"localhost:{named.port}"]), LIMITS)
    for url in ("s3://bucket/a.csv", "gs://bucket/a.csv", "az://account/container/a.csv"):
        with pytest.raises(FetchFailed, match="SOURCE_NOT_AUTHORIZED"):
            reader.open({"url": url, "endpoint_url": f"http://localhost:{named.port}"}, {})
    assert (elsewhere.connections, named.connections) == (0, 3)


def test_a_key_file_names_no_host_to_go_to() -> None:
    said = {
        "type": "service_account", "client_email": "a@b", "private_key": "k", "private_key_id": "1",
        "gcs_base_url": "http://169.254.169.254", "token_uri": "http://169.254.169.254", "disable_oauth": True,
    }  # fmt: skip
    config = credentials_of("gs", json.dumps(said))
    assert json.loads(config["service_account_key"]) == {
        "client_email": "a@b",
        "private_key": "k",
        "private_key_id": "1",
    }
    for kind, secret in (("gs", {"type": "external_account", "credential_source": {"url": "http://169.254.169.254"}}),
                         ("s3", {"role_arn": "x", "metadata_endpoint": "http://169.254.169.254"}),
                         ("az", {"client_id": "x", "tenant_id": "a/../b"}),
                         ("az", {"msi_endpoint": "http://169.254.169.254"})):  # fmt: skip
        with pytest.raises(FetchFailed, match="BAD_CREDENTIALS"):
            credentials_of(kind, json.dumps(secret))


def test_the_services_own_rights_are_nobodys_but_where_the_operator_says_so() -> None:
    spec = {"url": "gs://private-bucket/a.csv", "credentials": "ambient"}
    for ambient in ("", "gs://private", "gs://private-bucket-2", "s3://private-bucket"):
        reader = BucketSource(OutgoingPolicy("public"), LIMITS, ambient, resolver=lambda *_: ["93.184.216.34"])
        with pytest.raises(FetchFailed, match="AMBIENT_NOT_ALLOWED"):
            reader.open(spec, {})


def test_places_are_read_as_they_are_written() -> None:
    assert place_of("gs://my-bucket/a/b*.csv").pattern == "a/b*.csv"
    azure = place_of("az://account/container/a/*.csv")
    assert (azure.account, azure.bucket, azure.pattern) == ("account", "container", "a/*.csv")
