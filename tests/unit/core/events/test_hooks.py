from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from core.domain.records import Json
from core.errors import NotFound, Unauthorized
from core.events.hooks import public_half
from core.storage import rows
from tests.unit.core.events.event_world import PIPELINE, USER, EventWorld

BODY = b'{"rows": [{"age": 1}]}'


def signed(secret: str, at: datetime, body: bytes = BODY) -> dict[str, str]:
    """Headers as the library of the standard signs them."""
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    return {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature
    }  # fmt: skip


def test_a_token_opens_its_hook_until_another_one_is_made(world: EventWorld) -> None:
    hooks = world.process().hooks
    first = hooks.make(USER, PIPELINE)
    assert hooks.open(first.token).pipeline_id == PIPELINE
    second = hooks.make(USER, PIPELINE)
    assert hooks.open(second.token).public == first.hook.public
    with pytest.raises(Unauthorized):
        hooks.open(first.token)


def test_no_row_holds_a_token(world: EventWorld) -> None:
    made = world.process().hooks.make(USER, PIPELINE, signed=True)
    kept = b"".join(world.tables.rows.values()).decode()
    assert made.secret is not None
    assert made.token.rpartition("_")[2] not in kept
    assert made.secret not in kept
    assert rows.digest(made.token) in kept


WRONG: dict[str, Callable[[str], str]] = {
    "another secret": lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    "shorter": lambda token: token[:-1],
    "longer": lambda token: token + "\n",
    "in capitals": lambda token: token.upper(),
    "of another pipeline": lambda token: token.replace("nbh_p1_", "nbh_p2_"),
    "its public half alone": lambda token: "nbh_p1_",
    "with a key of rows": lambda token: "nbh_p1#x_" + token[7:],
    "nothing": lambda token: "",
    "half a character": lambda token: "\ud800",
}


@pytest.mark.parametrize("change", list(WRONG.values()), ids=list(WRONG))
def test_strangers_are_told_the_same_whatever_is_wrong(world: EventWorld, change: Callable[[str], str]) -> None:
    hooks = world.process().hooks
    token = hooks.make(USER, PIPELINE).token
    with pytest.raises(Unauthorized) as refused:
        hooks.open(change(token))
    assert str(refused.value) == "UNAUTHORIZED: There is no hook of this address."


def test_a_deleted_hook_is_gone_and_only_for_its_owner(world: EventWorld) -> None:
    hooks = world.process().hooks
    token = hooks.make(USER, PIPELINE).token
    hooks.delete(PIPELINE, "somebody else")
    assert hooks.open(token)
    with pytest.raises(NotFound):
        hooks.get("somebody else", PIPELINE)
    hooks.delete(PIPELINE, USER)
    with pytest.raises(Unauthorized):
        hooks.open(token)


def test_signatures_of_the_standards_library_are_good_and_none_other(world: EventWorld) -> None:
    hooks = world.process().hooks
    made = hooks.make(USER, PIPELINE, signed=True)
    assert made.secret is not None
    at = datetime.now(UTC)
    good = signed(made.secret, at)
    hooks.check_signature(made.hook, BODY, good)
    two = {**good, "webhook-signature": f"v1,AAAA {good['webhook-signature']}"}
    hooks.check_signature(made.hook, BODY, two)
    wrong: list[tuple[bytes, Json]] = [
        (BODY + b" ", good),
        (BODY, {}),
        (BODY, {**good, "webhook-id": "msg_2"}),
        (BODY, {**good, "webhook-timestamp": str(int(at.timestamp()) + 1)}),
        (BODY, {**good, "webhook-timestamp": "soon"}),
        (BODY, {**good, "webhook-signature": "v1,\u00e9"}),
        (BODY, {**good, "webhook-signature": ""}),
        (BODY, signed(made.secret, at - timedelta(seconds=301))),
        (BODY, signed(made.secret, at + timedelta(seconds=305))),
        (BODY, signed("whsec_" + "A" * 43 + "=", at)),
    ]
    for body, headers in wrong:
        with pytest.raises(Unauthorized):
            hooks.check_signature(made.hook, body, headers)


def test_a_hook_without_a_secret_takes_what_is_not_signed(world: EventWorld) -> None:
    hooks = world.process().hooks
    hooks.check_signature(hooks.make(USER, PIPELINE).hook, BODY, {})


def test_a_subscription_of_amazon_is_shown_with_its_address_and_no_other_is(world: EventWorld) -> None:
    hooks = world.process().hooks
    hook = hooks.make(USER, PIPELINE).hook
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    for asked, shown in ((url, url), ("https://evil.org/sns.eu-west-1.amazonaws.com/", ""), ("javascript:1", "")):
        hooks.remember_confirmation(hook, {"SubscribeURL": asked, "TopicArn": "arn"})
        confirmation = hooks.get(USER, PIPELINE).confirmation
        assert confirmation is not None
        assert (confirmation["url"], confirmation["topic"]) == (shown, "arn")


def test_the_routing_key_names_the_public_half() -> None:
    assert public_half("data.abc") == "abc"
    assert public_half("other.abc") == ""
