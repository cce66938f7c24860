"""Ways in: addresses that lead to this machine or its network, however they are written. None of them connects."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.fetch.http import Caps, GuardedHttp
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy, is_public, parse_url
from core.settings import SettingError
from tests.unit.backends.fetch.conftest import OK, Server, Talk, redirects_to, says

Serve = Callable[[Talk], Server]

# What names lead to. `PORT` in a URL is that of a server of the test, on 127.0.0.1.
NAMES = {
    "public.test": ["93.184.216.34"],
    "private.test": ["10.0.0.7"],
    "one-of-two.test": ["93.184.216.34", "192.168.1.1"],
    "loopback.test": ["127.0.0.1"],
    "loopback6.test": ["::1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "mapped-metadata.test": ["::ffff:169.254.169.254"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "sixtofour.test": ["2002:7f00:1::"],
    "compatible.test": ["::127.0.0.1"],
    "unique-local.test": ["fd00::1"],
    "link-local.test": ["fe80::1%eth0"],
    "zero.test": ["0.0.0.0"],
    "zero6.test": ["::"],
    "carrier.test": ["100.64.0.1"],
    "multicast.test": ["224.0.0.1"],
    "broadcast.test": ["255.255.255.255"],
    "benchmark.test": ["198.18.0.1"],
    "documentation.test": ["192.0.2.1"],
    "teredo.test": ["2001:0:7f00:1::"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "garbage.test": ["not an address"],
    "nowhere.test": [],
}
WAYS_IN = [
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::]:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://192.168.0.1/",
    "http://user@127.0.0.1:PORT/",
    "http://public.test@127.0.0.1:PORT/",
    "http://user:password@public.test/",
    "http://public.test\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@public.test/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://public.test:0/",
    "http://public.test:22/",
    "http://public.test:25/",
    "http:///etc/passwd",
    "http:127.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_x",
    "ftp://public.test/",
    "dict://127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "http://loopback.test:PORT/\r\nHost: public.test",
    " http://127.0.0.1:PORT/",
    *(f"http://{name}:PORT/" for name in NAMES if name != "public.test"),
]


def resolver(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


@pytest.mark.parametrize("url", WAYS_IN)
def test_no_way_in_connects(url: str, serve: Serve) -> None:
    server = serve(says(OK))
    http = GuardedHttp(OutgoingPolicy("public"), resolver=resolver)
    with pytest.raises(FetchFailed) as caught:
        http.send("POST", url.replace("PORT", str(server.port)), b"{}")
    assert caught.value.reason in {"BAD_URL", "ADDRESS_NOT_ALLOWED", "NAME_NOT_FOUND"}
    assert server.connections == 0


@pytest.mark.parametrize("url", [url for url in WAYS_IN if "://" in url and ":///" not in url])
def test_no_way_in_connects_behind_a_redirect(url: str, serve: Serve) -> None:
    inside = serve(says(OK))
    url = "".join(char for char in url.replace("PORT", str(inside.port)) if char not in "\r\n ")
    front = serve(lambda connection: redirects_to(url)(connection))
    # The operator has allowed the one server, at its own port, and nothing else of this machine.
    policy = OutgoingPolicy("public", [f"front.test:{front.port}"])
    names = {**NAMES, "front.test": ["127.0.0.1"]}
    http = GuardedHttp(policy, Caps(redirects=5), resolver=lambda host, _: names.get(host, []))
    with pytest.raises(FetchFailed):
        http.send("GET", f"http://front.test:{front.port}/")
    assert (front.connections, inside.connections) == (1, 0)


def test_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once(serve: Serve) -> None:
    server, answers = serve(says(OK)), [["127.0.0.1"], ["10.0.0.1"]]
    http = GuardedHttp(OutgoingPolicy("public", loopback=True), resolver=lambda host, _: answers.pop(0))
    assert http.send("GET", f"http://rebinding.test:{server.port}/").body == b"ok"
    assert len(answers) == 1
    with pytest.raises(FetchFailed, match=r"10\.0\.0\.1"):
        http.send("GET", f"http://rebinding.test:{server.port}/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://[::ffff:127.0.0.1]:PORT/"])
def test_an_embedded_service_reaches_its_own_machine(url: str, serve: Serve) -> None:
    server = serve(says(OK))
    http = GuardedHttp(OutgoingPolicy("public", loopback=True))
    answer = http.send("GET", url.replace("PORT", str(server.port)))
    assert (answer.status, answer.body, answer.is_public) == (200, b"ok", False)


@pytest.mark.parametrize("name", ["private.test", "zero.test", "metadata.google.internal", "link-local.test"])
def test_and_nothing_else_that_is_not_public(name: str) -> None:
    with pytest.raises(FetchFailed, match="no address of the public network"):
        GuardedHttp(OutgoingPolicy("public", loopback=True), resolver=resolver).send("GET", f"http://{name}/")


@pytest.mark.parametrize(
    ("allow", "url", "goes"),
    [
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("10.0.0.0/8:8080", "http://10.1.2.3/", False),
        ("10.0.0.0/8:8080", "http://10.1.2.3:8080/", True),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", True),
        ("private.test", "http://private.test/", True),
        ("private.test", "http://not-private.test/", False),
        ("*.test", "http://private.test/", True),
        ("*.test", "http://test/", False),
        ("private.test:8080", "http://private.test/", False),
        ("fd00::/8", "http://[fd00::1]/", True),
        ("[fd00::1]:8080", "http://[fd00::1]:8080/", True),
        ("", "http://93.184.216.34/", False),
    ],
)
def test_an_allowlist_lets_through_what_it_names(allow: str, url: str, goes: bool) -> None:
    policy = OutgoingPolicy("allowlist", [allow] if allow else [])
    target = parse_url(url, ("http",))
    addresses = NAMES.get(target.host, ["93.184.216.34"] if "test" in target.host else [target.host])
    with nullcontext() if goes else pytest.raises(FetchFailed, match="ADDRESS_NOT_ALLOWED"):
        policy.check_url(url)
        for text in addresses:
            policy.check_address(target, ipaddress.ip_address(text))


def test_where_it_is_switched_off_nothing_goes_out() -> None:
    with pytest.raises(FetchFailed, match="FETCH_OFF"):
        GuardedHttp(OutgoingPolicy("off")).send("GET", "https://example.org/")


@pytest.mark.parametrize("entry", ["a b", "host:port", "host:0", "host:70000", "https://host", "käse.test"])
def test_an_allowlist_that_cannot_be_read_is_refused(entry: str) -> None:
    with pytest.raises(SettingError, match="NOBRAINS_FETCH_ALLOW"):
        OutgoingPolicy("public", [entry])


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_as_public_as_all_that_hold_it(number: int) -> None:
    inner = ipaddress.IPv4Address(number)
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number)) == is_public(inner)
    assert is_public(ipaddress.IPv6Address((0x2002 << 112) + (number << 80) + 7)) == is_public(inner)
    assert not (is_public(inner) and (inner.is_private or inner.is_loopback or inner.is_link_local))


@given(st.text(max_size=60), st.sampled_from(["http://", "https://", ""]))
def test_whatever_is_written_is_a_target_or_refused_in_words(text: str, scheme: str) -> None:
    target, refusal = None, None
    try:
        target = parse_url(scheme + text, ("http", "https"))
    except FetchFailed as exc:
        refusal = exc
    if target is None:
        assert refusal is not None
        assert (refusal.reason, refusal.detail[-1]) == ("BAD_URL", ".")
    else:
        assert target.host
        assert 0 < target.port < 65536
        assert target.path.startswith("/")
