"""Mail by a real SMTP server, events as the CloudEvents library reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from backends.fetch.mail import parse_smtp_url
from core.domain.notifications import DELIVERED, FAILED
from core.errors import Conflict, Invalid
from core.message_ports import Message
from core.settings import SettingError
from tests.unit.core.notifications.conftest import USER, Telling
from tests.unit.core.notifications.receivers import mail_server

MakeTelling = Callable[..., Telling]


def test_mail_comes_once_its_address_is_confirmed(make_telling: MakeTelling) -> None:
    with mail_server() as box:
        telling = make_telling(smtp_url=box.url)
        webhook, secret = telling.webhook("mailto:ada@example.org", "job.*")
        assert not secret
        telling.emit("job/0")
        telling.deliver()
        ((to, mail),) = box.mails
        assert (to, mail["To"], mail["From"]) == ("ada@example.org", "ada@example.org", "ml@example.org")
        code = re.search(rf"confirm {webhook.id} (\w+)", str(mail.get_payload()))
        assert code is not None
        assert code[1] not in repr(telling.notifications())
        with pytest.raises(Invalid, match="WRONG_CODE"):
            telling.service.webhooks.confirm(USER, webhook.id, "000000")
        telling.service.webhooks.confirm(USER, webhook.id, code[1])
        telling.deliver(2)
        telling.service.notifications.emit(USER, "job.failed", {"job_id": "j1"}, id="j1", to=["ada@example.org"])
        telling.deliver()
        assert [mail["Subject"] for _, mail in box.mails[1:]] == ["No Brains ML: job.failed"]
        assert "job_id: j1" in str(box.mails[1][1].get_payload())
        assert telling.deliveries(webhook)[0].state == DELIVERED


def test_mail_that_is_refused_is_tried_again_and_says_why(make_telling: MakeTelling) -> None:
    with mail_server(refuse="eve@example.org") as box:
        telling = make_telling(smtp_url=box.url)
        webhook, _ = telling.webhook("mailto:eve@example.org")
        telling.deliver()
        assert telling.deliveries(webhook)[0].attempts[0]["error"]["reason"] == "MAIL_REFUSED"
        telling.deliver(5 * 24 * 3600)
        assert not box.mails


@pytest.mark.parametrize("address", ["", "ada", "a@b@c", "ada@example.org\r\nBcc: eve@example.org", "ada @x", "<a@b>"])
def test_what_is_no_mail_address_is_refused(make_telling: MakeTelling, address: str) -> None:
    telling = make_telling(smtp_url="smtp://localhost/?from=ml@example.org")
    with pytest.raises(Invalid, match="BAD_URL"):
        telling.webhook(f"mailto:{address}")


def test_without_a_mail_server_no_address_is_taken(telling: Telling) -> None:
    with pytest.raises(Conflict, match="MAIL_NOT_SET_UP"):
        telling.webhook("mailto:ada@example.org")


@pytest.mark.parametrize(
    "url",
    ["smtp://host", "http://host/?from=a@b", "smtp:///?from=a@b", "smtp://h:x/?from=a@b", "smtp://h/?from=a%0d@b"],
)
def test_a_mail_server_that_cannot_be_used_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        parse_smtp_url(url)
    assert url not in str(caught.value)


def test_a_mail_server_has_its_password_as_it_is_meant() -> None:
    server = parse_smtp_url("smtps://ada%40x:p%2Fw@mail.test/?from=ml@example.org")
    assert (server.username, server.password, server.host, server.port) == ("ada@x", "p/w", "mail.test", 465)


class Exchange:
    """Keeps what is published to it."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str, Message]] = []

    def announce(self, exchange: str, routing_key: str, message: Message) -> None:
        self.published.append((exchange, routing_key, message))


def test_the_exchange_gets_cloud_events(make_telling: MakeTelling) -> None:
    exchange: Any = Exchange()
    telling = make_telling(exchange)
    telling.service.notifications.listeners.exchange = True
    telling.service.notifications.emit(USER, "alias.set", {"alias": "champion"}, id="c1", endpoint="income")
    telling.deliver()
    ((name, routing_key, message),) = exchange.published
    assert (name, routing_key) == ("events.out", f"alias.set.{USER}")
    event = from_structured(HTTPMessage({"content-type": message.content_type}, message.body), JSONFormat())
    (notification,) = telling.notifications()
    assert (
        (event.get_id(), event.get_type()) == (notification.id, "nobrains.alias.set") == (message.id, event.get_type())
    )
    assert event.get_source() == f"/nobrains/users/{USER}"
    assert event.get_subject() == "endpoint/income"
    assert event.get_data() == {"alias": "champion", "endpoint": "income"}
    assert event.get_time() is not None
    assert orjson.loads(message.body)["specversion"] == "1.0"


def test_a_notification_that_is_no_longer_kept_ends_its_delivery(telling: Telling) -> None:
    webhook, _ = telling.webhook("http://127.0.0.1:9/")
    telling.emit()
    telling.service.notifications.log.withdraw(USER, 1)
    telling.deliver()
    assert [each.state for each in telling.deliveries(webhook)] == [FAILED]
