"""Accounts: signing up, signing in, API keys, and changing the password."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from core.accounts import passwords
from core.accounts.credentials import Credentials, Issued, Kind, Principal
from core.accounts.login_throttle import LoginThrottle
from core.domain.ids import new_id, now, rfc3339
from core.domain.users import SCOPES, ApiKey, Login, Role, User
from core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from core.ports import Tables
from core.settings import Settings
from core.storage import rows

MAX_KEYS = 100

_USERNAME = re.compile(r"[A-Za-z0-9._@-]{3,64}")


class Accounts:
    """Use cases around accounts. Safe to call from several threads and processes."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.credentials = Credentials(tables, settings.token_ttl_s, settings.serve_stale_s)
        self.throttle = LoginThrottle(tables, settings.signin_failures, settings.signin_pause_s)

    def sign_up(self, username: str, password: str, role: Role = "user") -> User:
        """Create an account. Raises Invalid (name or password), Conflict USERNAME_TAKEN."""
        _check_username(username)
        _check_password(password, "password")
        user = User(new_id(), username, now(), role=role)
        login = Login(user.id, passwords.hash_password(password))
        # Write the user first, so that a login row never names an account that does not exist.
        self.tables.put(_user_key(user.id), rows.dump(user))
        if not self.tables.put_if_absent(_login_key(username), rows.dump(login)):
            self.tables.delete(_user_key(user.id))
            detail = f"The username {username!r} is taken. Choose another one, or sign in."
            raise Conflict("USERNAME_TAKEN", detail, [{"field": "username", "detail": "Taken."}])
        return user

    def sign_in(self, username: str, password: str, kind: Kind = "token") -> Issued:
        """Issue a new token or session. Raises Unauthorized or TooMany.

        Unauthorized is the same, and takes the same time, for an unknown name, a wrong password and a locked account.
        TooMany follows repeated failures.
        """
        user_id, login = self._verify(username, password)
        value = self.tables.get(_user_key(user_id))
        if value is None:
            raise _wrong_pair()
        issued = self.credentials.issue(rows.load(User, value), kind)
        if self.tables.get(_login_key(username)) != login:
            # If the password was changed meanwhile, refuse a caller who knew only the old one.
            self.credentials.revoke(user_id, issued.sha256)
            return self.sign_in(username, password, kind)
        self.credentials.prune(user_id)
        return issued

    def authenticate(self, secret: str, kinds: Collection[str], *, remembered: bool = False) -> Principal:
        """Return the principal that this secret identifies; raises Unauthorized.

        With `remembered` its rows may have been read up to a second ago.
        """
        return self.credentials.authenticate(secret, kinds, remembered=remembered)

    def sign_out(self, principal: Principal) -> None:
        """Revoke the credential in use. An API key also leaves the list of keys."""
        if principal.credential.key_id is not None:
            self.revoke_key(principal.user.id, principal.credential.key_id)
        else:
            self.credentials.revoke(principal.user.id, principal.sha256)

    def change_password(self, principal: Principal, current: str, new: str) -> None:
        """Set a new password and void every other token, session and API key.

        Raises Forbidden WRONG_PASSWORD, TooMany, Invalid, Conflict. The old credentials are voided before the new
        password is written, so that a crash in between leaves no old credential valid beside the new password.
        """
        _check_password(new, "new_password")
        try:
            user_id, login = self._verify(principal.user.username, current)
        except Unauthorized as exc:
            wrong = [{"field": "current_password", "detail": "Wrong."}]
            raise Forbidden("WRONG_PASSWORD", "The current password is wrong.", wrong) from exc
        before = self.tables.get(_user_key(user_id))
        if before is None:
            raise Unauthorized()
        user = rows.load(User, before)
        newer = replace(user, generation=user.generation + 1)
        hashed = Login(user_id, passwords.hash_password(new))
        self.credentials.promote(principal, newer.generation)
        if not (
            rows.compare_and_set(self.tables, _user_key(user_id), rows.dump(newer), before)
            and rows.compare_and_set(self.tables, _login_key(user.username), rows.dump(hashed), login)
        ):
            raise Conflict("PASSWORD_CHANGED", "The password was changed concurrently. Sign in again.")
        for key in self.keys(user_id):
            if key.sha256 != principal.sha256:
                self.tables.delete(rows.key("key", user_id, key.id))
        self.credentials.revoke_all(user_id, keep=principal.sha256)

    def reset_password(self, user_id: str, new: str) -> None:
        """Set a password without knowing the old one; every token, session and API key is void.

        Raises NotFound, Invalid.
        """
        _check_password(new, "new_password")
        hashed = Login(user_id, passwords.hash_password(new))
        user = self.update(user_id, lambda user: replace(user, generation=user.generation + 1))
        rows.update(
            self.tables,
            _login_key(user.username),
            Login,
            lambda login: hashed if login is not None and login.user_id == user_id else None,
        )
        self.throttle.reset(user.username.casefold())
        for api_key in self.keys(user_id):
            self.tables.delete(rows.key("key", user_id, api_key.id))
        self.credentials.revoke_all(user_id)

    def get(self, user_id: str) -> User:
        """Return the account with that id; raises NotFound."""
        value = self.tables.get(_user_key(user_id))
        if value is None:
            raise NotFound("account", user_id)
        return rows.load(User, value)

    def find_by_username(self, username: str) -> User | None:
        """Return the account with that name, None if there is none."""
        value = self.tables.get(_login_key(username)) if _USERNAME.fullmatch(username) else None
        found = None if value is None else self.tables.get(_user_key(rows.load(Login, value).user_id))
        return None if found is None else rows.load(User, found)

    def update(self, user_id: str, alter: Callable[[User], User]) -> User:
        """Write the user that `alter` returns for the stored one, and return it. Raises NotFound."""
        updated = rows.update(self.tables, _user_key(user_id), User, lambda user: user and alter(user))
        if updated is None:
            raise NotFound("account", user_id)
        return updated

    def create_key(
        self,
        user: User,
        name: str,
        scopes: Sequence[str] = SCOPES,
        expires_at: datetime | None = None,
        per_minute: int | None = None,
        endpoints: Sequence[str] | None = None,
    ) -> tuple[ApiKey, str]:
        """Create an API key and return it with its secret; by default it has all scopes and never expires.

        One for some endpoints has the scope `predict` alone, whatever else is asked for.

        Raises Conflict TOO_MANY_KEYS, and Invalid if its expiry has passed, or it could not predict with its endpoints.
        """
        if endpoints is not None and "predict" not in scopes:
            detail = "A key for some endpoints predicts with them, and nothing else: name the scope predict."
            raise Invalid("VALIDATION_FAILED", f"scopes: {detail}", [{"field": "scopes", "detail": detail}])
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise Invalid(
                "VALIDATION_FAILED", "expires_at: Must be in the future.",
                [{"field": "expires_at", "detail": "Must be in the future."}],
            )  # fmt: skip
        if len(self.keys(user.id)) >= MAX_KEYS:
            raise Conflict(
                "TOO_MANY_KEYS", f"At most {MAX_KEYS} API keys are allowed. Revoke one that is no longer used."
            )
        id = new_id()
        ordered = [scope for scope in SCOPES if scope in scopes] if endpoints is None else ["predict"]
        names = None if endpoints is None else sorted(set(endpoints))
        end = None if expires_at is None else rfc3339(expires_at)
        issued = self.credentials.issue_key(user, id, ordered, end, per_minute, names)
        key = ApiKey(id, name, issued.credential.created_at, issued.sha256, ordered, end, per_minute, names)
        self.tables.put(rows.key("key", user.id, id), rows.dump(key))
        return key, issued.secret

    def keys(self, user_id: str) -> list[ApiKey]:
        """Return the user's API keys, newest first."""
        return [rows.load(ApiKey, row.value) for row in self.tables.scan(rows.prefix("key", user_id))]

    def key_page(self, user_id: str, size: int, after: str | None = None) -> rows.Page[ApiKey]:
        """Return a page of the user's API keys, newest first."""
        return rows.page(self.tables, ApiKey, rows.prefix("key", user_id), size, after)

    def revoke_key(self, user_id: str, key_id: str) -> None:
        """Revoke a key with immediate effect. Raises NotFound."""
        row = rows.key("key", user_id, key_id)
        value = self.tables.get(row)
        if value is None:
            raise NotFound("API key", key_id)
        self.credentials.revoke(user_id, rows.load(ApiKey, value).sha256)
        self.tables.delete(row)

    def _verify(self, username: str, password: str) -> tuple[str, bytes]:
        """Return the account's id and the bytes of its login row. Raises Unauthorized, TooMany."""
        name = username.casefold()
        self.throttle.check(name)
        value = self.tables.get(_login_key(username)) if _USERNAME.fullmatch(username) else None
        login = None if value is None else rows.load(Login, value)
        right = passwords.verify_password(password, login.password_hash if login else None)
        if right and login and self._is_locked(login.user_id):
            right = False
        if value is None or login is None or not right:
            self.throttle.record_failure(name)
            raise _wrong_pair()
        self.throttle.check(name)  # Check again: of many concurrent guesses, those after the limit do not count.
        self.throttle.reset(name)
        if passwords.is_outdated(login.password_hash):
            fresh = rows.dump(replace(login, password_hash=passwords.hash_password(password)))
            if rows.compare_and_set(self.tables, _login_key(username), fresh, value):
                value = fresh
        return login.user_id, value

    def _is_locked(self, user_id: str) -> bool:
        value = self.tables.get(_user_key(user_id))
        return value is not None and rows.load(User, value).locked


def _wrong_pair() -> Unauthorized:
    return Unauthorized("The username or the password is wrong.")


def _check_username(username: str) -> None:
    if not _USERNAME.fullmatch(username):
        rule = "A username has 3 to 64 characters: letters a-z, digits, and . _ - @"
        raise Invalid("INVALID_USERNAME", rule + ".", [{"field": "username", "detail": rule}])


def _check_password(password: str, field: str) -> None:
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        rule = f"A password has {passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters."
        raise Invalid("INVALID_PASSWORD", rule, [{"field": field, "detail": rule}])


def _user_key(user_id: str) -> str:
    return rows.key("user", user_id)


def _login_key(username: str) -> str:
    return rows.key("login", username.casefold())
