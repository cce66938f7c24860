"""What administrators do to accounts, felt at once."""

from __future__ import annotations

import pytest

from core.accounts.administration import BATCH
from core.accounts.credentials import CREDENTIAL_KINDS
from core.errors import Conflict, NotFound, Unauthorized
from core.service import Service
from tests.unit.core.conftest import World

PASSWORD = "correct horse"


def test_a_locked_account_is_refused_whatever_it_shows_and_in_the_same_words(world: World) -> None:
    service, user = world.service, world.user
    accounts = service.accounts
    secrets = [accounts.sign_in("ada", PASSWORD, kind).secret for kind in ("token", "session")]
    secrets.append(accounts.create_key(user, "ci")[1])
    service.administration.lock(user.id, by="root")
    refusals = set()
    for secret in (*secrets, "nb_" + "x" * 43):
        with pytest.raises(Unauthorized) as refused:
            accounts.authenticate(secret, CREDENTIAL_KINDS)
        refusals.add(str(refused.value))
    assert len(refusals) == 1
    with pytest.raises(Unauthorized) as with_password:
        accounts.sign_in("ada", PASSWORD)
    with pytest.raises(Unauthorized) as of_nobody:
        accounts.sign_in("nobody", PASSWORD)
    assert str(with_password.value) == str(of_nobody.value)
    service.administration.unlock(user.id)
    for secret in secrets:
        assert accounts.authenticate(secret, CREDENTIAL_KINDS).user.id == user.id


def test_the_right_password_of_a_locked_account_counts_as_a_wrong_one(world: World) -> None:
    world.service.administration.lock(world.user.id, by="root")
    said = []
    for _ in range(7):
        with pytest.raises(Exception, match=r"UNAUTHORIZED|TOO_MANY") as refused:
            world.service.accounts.sign_in("ada", PASSWORD)
        said.append(str(refused.value).split(":")[0])
    assert said[-1] == "TOO_MANY_FAILURES"


def test_a_password_that_is_reset_voids_everything_and_opens_the_account(world: World) -> None:
    accounts, user = world.service.accounts, world.user
    token = accounts.sign_in("ada", PASSWORD).secret
    _, key = accounts.create_key(user, "ci")
    accounts.reset_password(user.id, "another horse")
    for secret in (token, key):
        with pytest.raises(Unauthorized):
            accounts.authenticate(secret, CREDENTIAL_KINDS)
    assert accounts.keys(user.id) == []
    with pytest.raises(Unauthorized):
        accounts.sign_in("ada", PASSWORD)
    assert accounts.sign_in("ada", "another horse").user.id == user.id


def test_nobody_locks_or_demotes_himself(world: World) -> None:
    for forbidden in (
        lambda: world.service.administration.lock(world.user.id, by=world.user.id),
        lambda: world.service.administration.set_role(world.user.id, "user", by=world.user.id),
    ):
        with pytest.raises(Conflict, match="OWN_ACCOUNT"):
            forbidden()


def test_quotas_of_one_account_and_back(world: World) -> None:
    service = world.service
    everybodys = service.quotas.for_user(world.user)
    user = service.administration.set_quotas(world.user.id, {"datasets": 3})
    assert service.quotas.for_user(user).datasets == 3
    assert service.quotas.for_user_id(user.id).bytes == everybodys.bytes
    user = service.administration.set_quotas(world.user.id, {})
    assert service.quotas.for_user(user) == everybodys


def test_what_is_asked_of_an_account_that_is_not_there(service: Service) -> None:
    with pytest.raises(NotFound):
        service.administration.lock("nobody", by="root")
    assert service.accounts.find_by_username("nobody") is None
    assert service.accounts.find_by_username("not a name") is None


def test_everybodys_jobs_newest_first_page_by_page(world: World) -> None:
    service = world.service
    dataset = world.upload()
    mine = [world.submit(dataset) for _ in range(2)]
    other = service.accounts.sign_up("grace", PASSWORD)
    theirs = service.datasets.create(other.id, "people.csv", iter([b"a,bought\n1,yes\n2,no\n"]))
    spec = {"dataset_id": theirs.id, "target": "bought", "exclude_columns": []}
    late = service.jobs.submit(other.id, spec).job.id
    first = service.administration.jobs(2)
    assert [(view.job.id, name) for view, name in first.items] == [(late, "grace"), (mine[1], "ada")]
    rest = service.administration.jobs(2, first.next)
    assert [view.job.id for view, _ in rest.items] == [mine[0]]
    assert rest.next is None
    service.jobs.request_stop(world.user.id, mine[0], "cancel")
    ended = service.administration.jobs(50, state="cancelled")
    assert [view.job.id for view, _ in ended.items] == [mine[0]]
    service.jobs.delete(world.user.id, mine[0])
    assert mine[0] not in [view.job.id for view, _ in service.administration.jobs(50).items]


def test_the_list_of_jobs_goes_on_behind_its_first_rows(world: World) -> None:
    dataset = world.upload()
    for number in range(BATCH + 5):  # Left by requests that died.
        world.service.ports.tables.put(f"jobs_all#0{number:03d}", world.user.id.encode())
    job = world.submit(dataset)
    assert [view.job.id for view, _ in world.service.administration.jobs(10).items] == [job]
