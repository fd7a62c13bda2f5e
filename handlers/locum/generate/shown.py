"""What one direction shows of a value that stands in the document: answers show nothing that is
writeOnly, and requests nothing that is readOnly.

    Showing  the value without it
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from locum.generate.conjunction import Conjunction, Conjunctions
from locum.generate.validity import Validity

_STEPS = 100_000  # schemas that are looked at, for one value


def is_hidden(member: Conjunction, keyword: str) -> bool:
    """Return whether the keyword is said of the property; where null was admitted to it by itself,
    it is an alternative that says so."""
    return True in member.all(keyword) or any(
        isinstance(each, dict) and each.get(keyword) is True
        for _, alternatives, _ in member.choices
        for each in alternatives
    )


@frozen
class Showing:
    """One direction, which does not show what has the keyword `hidden`. `is_excused` tells that
    such a property need not be there even where it is required."""

    conjunctions: Conjunctions
    hidden: str
    is_excused: bool

    def of(self, conjunction: Conjunction, value: Any) -> Any:
        """Return the JSON value, which is not changed, without what is not shown and need not be
        there, at any depth."""
        excused = self.hidden if self.is_excused else None
        return self._of(conjunction, value, Validity(self.conjunctions.targets, _STEPS, excused))

    def _of(self, conjunction: Conjunction, value: Any, validity: Validity) -> Any:
        if not isinstance(value, dict | list) or not value:
            return value
        for _, alternatives, _ in conjunction.choices:
            its = next((each for each in alternatives if validity.holds(each, value)), True)
            if isinstance(its, dict):
                conjunction = self.conjunctions.of([*conjunction.parts, its])
        if isinstance(value, list):
            rules = (conjunction.item(index) for index in range(len(value)))
            both = zip(rules, value, strict=True)
            return [self._of(self.conjunctions.of(rule), item, validity) for rule, item in both]
        members = {name: self.conjunctions.of(conjunction.member(name)) for name in value}
        return {
            name: self._of(members[name], item, validity)
            for name, item in value.items()
            if not is_hidden(members[name], self.hidden)
            or (name in conjunction.required and not self.is_excused)
        }
