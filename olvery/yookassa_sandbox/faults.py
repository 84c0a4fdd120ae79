"""Faults on demand: rules that make requests and notifications fail."""

import copy
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from olvery.yookassa_sandbox.wire import Json

# Parameters of each action, with their defaults.
ACTIONS: dict[str, dict[str, Json]] = {
    "api": {
        "http_500_before": {},
        "http_500_after": {},
        "http_502_html": {"done": False},
        "503_json": {"done": False},
        "429": {"retry_after": 1800},
        "401": {},
        "timeout_before": {"s": 60},
        "timeout_after": {"s": 60},
        "close_before": {},
        "close_after": {},
        "202_processing": {"retry_after": 1800},
        "slow": {"s": 10},
        "bad_json": {},
        "wrong_amount": {"value": None, "currency": None},
        "wrong_shop": {},
        "live_flag": {},
        "unknown_fields": {},
    },
    "webhook": {
        "drop": {},
        "duplicate": {"n": 2},
        "delay": {"s": 60},
        "reorder": {"n": 2},
        "before_response": {},
        "forge": {"event": None, "object": {}},
        "stale": {},
        "huge": {"bytes": 1_000_000},
    },
    "refund": {
        "pending": {},
        "canceled": {"reason": "general_decline", "party": "yoo_money"},
        "no_partial": {},
    },
    "receipt": {"canceled": {}, "pending": {}},
}
MATCHES = {
    "api": {"method", "path", "metadata"},
    "webhook": {"event", "metadata"},
    "refund": {"metadata"},
    "receipt": {"metadata"},
}
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS")
LARGEST = 10_000_000


class BadRule(ValueError):
    """A fault rule that could never work as intended."""


@dataclass
class Rule:
    """One fault: where it applies, how often, and what it does."""

    id: str
    scope: str
    action: str
    match: Json
    skip: int
    times: int | None  # None for no limit
    params: Json
    held: list[int] = field(default_factory=list)  # webhooks held back by a reorder

    def shown(self) -> Json:
        """Return the rule as it was given, with the uses it has left."""
        rule = {"id": self.id, "scope": self.scope, "action": self.action, "match": self.match}
        return {**rule, "skip": self.skip, "times": self.times, **self.params}

    def fits(self, facts: Mapping[str, str], metadata: Mapping[str, Any]) -> bool:
        """Return whether the rule is about this request or event."""
        for name, wanted in self.match.items():
            if name == "metadata":
                if any(metadata.get(key) != value for key, value in wanted.items()):
                    return False
            elif name == "method":
                if not re.fullmatch(wanted, facts[name]):
                    return False
            elif not re.search(wanted, facts[name]):
                return False
        return True


class Faults:
    """The active rules; the first match applies."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._numbers = itertools.count(1)

    def add(self, given: Json) -> str:
        """Activate a rule and return its id. Raises BadRule."""
        rule = _read(given, f"fault-{next(self._numbers)}")
        if any(other.id == rule.id for other in self._rules):
            raise BadRule(f"There is a rule {rule.id!r} already.")
        self._rules.append(rule)
        return rule.id

    def shown(self) -> list[Json]:
        """Return the active rules."""
        return [rule.shown() for rule in self._rules]

    def remove(self, rule_id: str | None = None) -> list[Rule]:
        """Remove one rule, or all, and return those removed. Raises KeyError."""
        gone = [rule for rule in self._rules if rule_id in (None, rule.id)]
        if rule_id is not None and not gone:
            raise KeyError(rule_id)
        self._rules = [rule for rule in self._rules if rule not in gone]
        return gone

    def take(self, scope: str, metadata: Mapping[str, Any] | None = None, **facts: str) -> Rule | None:
        """Return the first rule that applies now, and count it down."""
        for rule in self._rules:
            if rule.scope != scope or not rule.fits(facts, metadata or {}):
                continue
            if rule.skip:
                rule.skip -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
            return rule
        return None


def _read(given: Json, new_id: str) -> Rule:
    if not isinstance(given, dict):
        raise BadRule("A rule is an object.")
    rest = copy.deepcopy(given)
    scope = rest.pop("scope", "api")
    if scope not in ACTIONS:
        raise BadRule(f"Unknown scope {scope!r}: use one of {', '.join(ACTIONS)}.")
    action = rest.pop("action", None) or rest.pop("status", None)
    if action not in ACTIONS[scope]:
        raise BadRule(f"Unknown action {action!r} of scope {scope}: use one of {', '.join(ACTIONS[scope])}.")
    params = {name: rest.pop(name, default) for name, default in ACTIONS[scope][action].items()}
    # A group of n events uses the rule once.
    times = rest.pop("times", params["n"] if action == "reorder" else 1)
    match = rest.pop("match", {})
    rule = Rule(
        id=str(rest.pop("id", new_id)),
        scope=scope,
        action=action,
        match=match,
        skip=rest.pop("skip", 0),
        times=times,
        params=params,
    )
    if rest:
        raise BadRule(f"A rule {action!r} has no {', '.join(sorted(rest))}.")
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    if not isinstance(rule.match, dict) or set(rule.match) - MATCHES[rule.scope]:
        raise BadRule(f"A rule of scope {rule.scope} matches by {', '.join(sorted(MATCHES[rule.scope]))}.")
    if not isinstance(rule.match.get("metadata", {}), dict):
        raise BadRule("Metadata to match is an object.")
    for name in {"method", "path", "event"} & set(rule.match):
        try:
            re.compile(rule.match[name])
        except (re.error, TypeError) as error:
            raise BadRule(f"{name} to match is no regular expression: {error}.") from error
    if not any(re.fullmatch(rule.match.get("method", ".*"), method) for method in METHODS):
        raise BadRule(f"method to match is none of {', '.join(METHODS)}.")
    if not _is_count(rule.params.get("n", 1), 1):
        raise BadRule("n is 1 or more.")
    if not _is_count(rule.skip, 0) or not (rule.times is None or _is_count(rule.times, 1)):
        raise BadRule("skip is 0 or more; times is 1 or more, or null for ever.")
    for name in {"s", "n", "bytes", "retry_after"} & set(rule.params):
        value = rule.params[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
            raise BadRule(f"{name} is a number from 0 to {LARGEST}.")
    if not isinstance(rule.params.get("object", {}), dict):
        raise BadRule("object is an object.")


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
