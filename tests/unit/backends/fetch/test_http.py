"""Servers that are slow, endless, broken or not who they say: each costs its request, in bounded time, and no more."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backends.fetch.http import Caps, GuardedHttp
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.ports import OutgoingAnswer
from tests.unit.backends.fetch.conftest import OK, Server, Talk, redirects_to, says

Serve = Callable[[Talk], Server]


def fetch(
    server: Server, method: str = "GET", host: str = "127.0.0.1", scheme: str = "http", **caps: float
) -> OutgoingAnswer:
    http = GuardedHttp(OutgoingPolicy("public", loopback=True), Caps(**caps), resolver=lambda *_: ["127.0.0.1"])  # type: ignore[arg-type]
    return http.send(method, f"{scheme}://{host}:{server.port}/path?x=1", b"{}", {"Authorization": "Bearer secret"})


def drip(connection: socket.socket, server: Callable[[], Server], start: bytes, drop: bytes) -> None:
    connection.sendall(start)
    while not server().over.wait(0.05):
        connection.sendall(drop)


def test_a_request_says_what_it_should(serve: Serve) -> None:
    server = serve(says(OK))
    answer = fetch(server, "POST", "receiver.test")
    assert (answer.status, answer.body) == (200, b"ok")
    head = server.received[0].decode()
    assert head.startswith("POST /path?x=1 HTTP/1.1\r\n")
    assert f"Host: receiver.test:{server.port}\r\n" in head
    assert head.lower().count("host:") == 1


def test_a_redirect_is_not_followed_unless_asked_for(serve: Serve) -> None:
    inside = serve(says(OK))
    server = serve(redirects_to(f"http://127.0.0.1:{inside.port}/"))
    answer = fetch(server)
    assert (answer.status, answer.headers["location"]) == (302, f"http://127.0.0.1:{inside.port}/")
    assert inside.connections == 0


def test_credentials_stay_with_the_server_they_are_for(serve: Serve) -> None:
    other = serve(says(OK))
    server = serve(redirects_to(f"http://other.test:{other.port}/new"))
    assert fetch(server, "POST", redirects=5).body == b"ok"
    assert b"Bearer secret" in server.received[0]
    assert b"secret" not in other.received[0]
    assert other.received[0].startswith(b"GET /new ")


def test_redirects_have_an_end(serve: Serve) -> None:
    server: Server = serve(lambda connection: redirects_to(f"http://127.0.0.1:{server.port}/")(connection))
    assert fetch(server, redirects=5).status == 302
    assert server.connections == 6


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_who_never_ends_is_given_up(serve: Serve, start: bytes, drop: bytes) -> None:
    server: Server = serve(lambda connection: drip(connection, lambda: server, start, drop))
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        fetch(server, seconds=0.4)


@pytest.mark.parametrize(("start", "drop"), [(b"", b""), (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\0")])
def test_who_never_ends_its_handshake_is_given_up(serve: Serve, start: bytes, drop: bytes) -> None:
    server: Server = serve(lambda connection: drip(connection, lambda: server, start, drop))
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        fetch(server, scheme="https", seconds=0.4)


def test_a_huge_body_is_not_read(serve: Serve) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65536)

    assert fetch(serve(pour), max_bytes=1000).body == b"x" * 1000
    assert sent < 50_000_000


def test_a_packed_body_is_not_unpacked(serve: Serve) -> None:
    bomb = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00"
    )
    assert fetch(serve(says(bomb))).body == b"\x1f\x8b\x08\x00"


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 100, b"HTTP/1.1 200 OK\r\n" + b"x" * 200_000,
             b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, b"HTTP/1.1 xyz\r\n\r\n"]
)  # fmt: skip
def test_what_is_no_answer_is_said_to_be_none(serve: Serve, said: bytes) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(serve(says(said)))
    assert caught.value.reason in {"BAD_ANSWER", "CONNECTION_FAILED"}


def test_nobody_at_home() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    http = GuardedHttp(OutgoingPolicy("public", loopback=True))
    with pytest.raises(FetchFailed, match="CONNECTION_FAILED"):
        http.send("GET", f"http://127.0.0.1:{port}/")


def certificate(folder: Path, name: str) -> Path:
    """A certificate of that name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - datetime.timedelta(1)).not_valid_after(today + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, False, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.mark.parametrize(("host", "known"), [("receiver.test", True), ("receiver.test", False), ("other.test", True)])
def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, known: bool
) -> None:
    file = certificate(tmp_path, "receiver.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = serve(says(OK))
    server.tls = context
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    if known and host == "receiver.test":
        assert fetch(server, host=host, scheme="https").body == b"ok"
        return
    with pytest.raises(FetchFailed, match="TLS_FAILED"):
        fetch(server, host=host, scheme="https")
    assert b"secret" not in b"".join(server.received)
