"""Changes: what is different between two versions of a dataset that is written to, so that what was
made of the earlier one is extended where making it anew would cost as much as all there is.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

_NONE = range(0)


@frozen
class Rows:
    """Rows of a table by their numbers in the engine: those that are new, at the end, and those of
    before that were replaced by others of the same number, sorted."""

    added: range = _NONE
    changed: tuple[int, ...] = ()

    def then(self, later: Rows) -> Rows:
        """Return what both do, the later one after this."""
        first = self.added.start if self.added else later.added.start
        last = later.added.stop if later.added else self.added.stop
        # What was added since is new as a whole, whatever became of it.
        changed = {*self.changed, *(number for number in later.changed if number not in self.added)}
        return Rows(range(first, last), tuple(sorted(changed)))


@frozen
class Change:
    """The rows that are new or others, by the engine's name of their table; derived tables are as
    the tables that they are made of, and not named. Where it `is_whole`, rows have gone and others
    have new numbers, in any table: nothing can be extended."""

    tables: Mapping[str, Rows] = field(factory=dict)
    is_whole: bool = False

    def then(self, later: Change) -> Change:
        """Return the change that both are, the later one after this."""
        if self.is_whole or later.is_whole:
            return Change(is_whole=True)
        both = {
            name: self.tables[name].then(later.tables[name])
            for name in self.tables.keys() & later.tables.keys()
        }
        return Change({**self.tables, **later.tables, **both})

    def of(self, table: str) -> Rows:
        """Return the rows of that table, none where nothing became of it."""
        return self.tables.get(table, Rows())
