"""Say in words how an endpoint shares its requests out, and what a change did to it."""

from __future__ import annotations

from collections.abc import Mapping

from ..types.endpoints.endpoints import CHAMPION, Change, Traffic
from .formatting import printable


def traffic_words(traffic: Traffic, aliases: Mapping[str, int]) -> str:
    """Say which aliases get which share of the requests, and which only predict along.

    Example:
        >>> traffic_words(Traffic(split={"challenger": 0.1}, sticky="key"), {"champion": 1, "challenger": 2})
        '10 % to challenger (version 2), the rest to champion; sticky by key'
        >>> traffic_words(Traffic(shadow=("next",)), {"champion": 1, "next": 3})
        'all to champion; shadow: next (version 3)'
    """

    def named(alias: str) -> str:
        return f"{alias} (version {aliases[alias]})" if alias in aliases else alias

    shares = ", ".join(f"{100 * share:g} % to {named(alias)}" for alias, share in traffic.split.items())
    words = f"{shares}, the rest to {CHAMPION}" if shares else f"all to {CHAMPION}"
    if shares and traffic.sticky == "key":
        words += "; sticky by key"
    return words + (f"; shadow: {', '.join(map(named, traffic.shadow))}" if traffic.shadow else "")


def change_words(change: Change) -> str:
    """Say what a change did, and why.

    Example:
        >>> change_words(Change(seq=2, action="alias.set", alias="new", from_version=1, to_version=2, why="Better"))
        'new: version 1 -> 2 (Better)'
        >>> change_words(Change(seq=1, action="endpoint.create"))
        'created'
    """
    words = _what(change)
    return printable(f"{words} ({change.why})" if change.why else words)


def _what(change: Change) -> str:
    if change.action == "endpoint.create":
        return f"created, version {change.to_version} is {CHAMPION}" if change.to_version else "created"
    if change.action == "alias.set" and change.from_version is not None:
        return f"{change.alias}: version {change.from_version} -> {change.to_version}"
    if change.action == "alias.set":
        return f"{change.alias}: version {change.to_version}"
    if change.action == "alias.delete":
        return f"{change.alias} deleted, it was version {change.from_version}"
    if change.action == "traffic.set":
        return f"traffic: {traffic_words(change.traffic, change.aliases)}"
    if change.action == "lookup.set":
        sources = [str(each.get("source_id")) for each in change.lookup]
        return f"looks columns up in {', '.join(sources)}" if sources else "looks nothing up any more"
    if change.action == "rollback":
        back = f"version {change.aliases[CHAMPION]} is {CHAMPION}" if CHAMPION in change.aliases else "no version"
        return f"rolled back: {back}, traffic {traffic_words(change.traffic, change.aliases)}"
    return change.action


def author_words(by: str) -> str:
    """Say who made a change: an endpoint's users are its owner.

    Example:
        >>> author_words("user/8f"), author_words("key/2c"), author_words("pipeline/p/run/3")
        ('you', 'key 2c', 'pipeline p, run 3')
    """
    kind, _, rest = by.partition("/")
    if kind == "user":
        return "you"
    return printable(f"{kind} {rest}".replace("/run/", ", run ").strip())
