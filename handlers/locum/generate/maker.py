"""One value made from a schema, from the outside in.

At each place stand, in this order: an example of the document's, a constant, one of the
alternatives, or a value of the type. Whatever does not hold is made again with less: the next
alternative, then the plainest value. What cannot be is left out if it is optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from attrs import field, frozen

from locum.generate import coherence
from locum.generate.conjunction import Conjunction, Conjunctions, is_number
from locum.generate.names import singular, suffix_of, words_of
from locum.generate.numbers import further_number, number_of
from locum.generate.patterns import every, sample
from locum.generate.shown import Showing, is_hidden
from locum.generate.streams import Place
from locum.generate.texts import Texts
from locum.generate.validity import Validity, identity

MOST_PLACES = 6_000  # in a value, also in the tries that come to nothing
_FULL_PLACES = 600  # from there on only what is required
_DEEPEST = 6  # objects and arrays around what is optional
_MOST_ITEMS = 2_500
_ITEMS = (3, 2, 1)  # of an array by itself, in another, and deeper
_ENTRIES = 2  # of an object whose names are free
_TRIES = 20
_HARD_TRIES = 8
_ONE_OF_TRIES = 4
_MOST_UNCLEAR = 3  # values that are told apart from other alternatives'
_ROUNDS = 8  # in which more of what a value's own parts demand is added
_MOST_CHOICES = 3  # in each other, that are looked into before one is made
_ALTERNATIVES = 12  # that are tried, of a choice
_MOST_TEXTS = 10_000  # that are gone through for an array's items to differ

# Keywords whose meaning the parts made do not ensure by themselves.
_HARD = ("not", "if", "contains", "dependentSchemas", "propertyNames")
_OF_EACH_TYPE: tuple[Any, ...] = (None, "", 0, False, [], {}, 0.5)
_TEXT = {"type": "string"}
_EMPTY: tuple[Any, ...] = (None, "", [], {})  # defaults that show nothing

_FALSE = frozenset(
    ["has_more", "more", "deleted", "archived", "disabled", "error", "failed", "truncated",
     "has_next", "hidden", "expired", "cancelled", "canceled", "is_deleted"]
)  # fmt: skip
_TRUE = frozenset(["success", "active", "enabled", "ok", "valid", "available", "verified"])
# Names of what mostly is not there, where null is admitted.
_ABSENT = frozenset(
    ["deleted_at", "error", "errors", "next", "next_page", "next_cursor", "previous", "prev",
     "cancelled_at", "canceled_at", "failed_at", "archived_at"]
)  # fmt: skip


@frozen
class Impossible(Exception):
    """Nothing valid is found for a place: its tokens, and why."""

    tokens: tuple[str | int, ...]
    reason: str


@frozen
class Way:
    """How a value is made: whether examples are used, whether only what is required is made, and
    the schemas around it."""

    examples: bool
    is_minimal: bool = False
    around: frozenset[int] = frozenset()

    def plainest(self) -> Way:
        """Return the way to the smallest value."""
        return Way(examples=False, is_minimal=True, around=self.around)

    def fresh(self) -> Way:
        """Return the same way without examples."""
        return Way(examples=False, is_minimal=self.is_minimal, around=self.around)

    def within(self, conjunction: Conjunction) -> Way:
        """Return the way to what is in an object or array of that schema."""
        return Way(self.examples, self.is_minimal, self.around | conjunction.sources)


@frozen
class Request:
    """What a value is made for.

    `hidden` is the keyword of what the direction does not show: writeOnly or readOnly;
    `is_excused` tells that such a property need not be there even where it is required. `plain` are
    the places where the last try was invalid, which are made plainly now.
    """

    hidden: str
    is_excused: bool
    pins: Mapping[str, Any]
    plain: frozenset[tuple[str | int, ...]] = field(default=frozenset())


class Maker:
    """Makes one value."""

    def __init__(
        self,
        conjunctions: Conjunctions,
        texts: Texts,
        validity: Validity,
        request: Request,
        vague: frozenset[int] = frozenset(),
    ) -> None:
        """`vague` are the ids of schemas of which no one knows what is valid: nothing is made for
        them that need not be."""
        self._vague = vague
        self._conjunctions = conjunctions
        self._texts = texts
        self._validity = validity
        self._request = request
        self._showing = Showing(conjunctions, request.hidden, request.is_excused)
        self._places = 0
        self._size = 0  # places of the value as far as it is made
        self._outermost: frozenset[str] = frozenset()  # names of the properties of the whole value
        self.free: set[tuple[str | int, ...]] = set()  # places whose values nothing prescribes

    @property
    def is_exhausted(self) -> bool:
        """Whether as much was tried as may be."""
        return self._places > MOST_PLACES or self._validity.steps < 0

    def value(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> Any:
        """Return a value for the place. Raise Impossible where none is found."""
        self._places += 1
        self._size += 1
        if self.is_exhausted:
            raise Impossible(place.tokens, "too much to make")
        if conjunction.is_never:
            raise Impossible(place.tokens, "the schema admits nothing")
        if place.tokens in self._request.plain:
            way = way.plainest()
        given = (
            value
            for value in self._given(conjunction, name, place, way)
            if self._holds(conjunction, value)
        )
        for value in given:
            return copied(value)
        if conjunction.has("const", "enum"):
            raise Impossible(place.tokens, "no member of the enum is valid")
        try:
            if conjunction.choices:
                return self._chosen(conjunction, name, place, way)
            if conjunction.has(*_HARD):
                return self._hard(conjunction, name, place, way)
            return self._typed(conjunction, name, place, way)
        except Impossible:
            plain = self._plain(conjunction)
            if plain:
                return plain[0]
            raise

    def _plain(self, conjunction: Conjunction) -> list[Any]:
        """Return one of the plainest values, if one is valid where nothing better was found."""
        if self.is_exhausted or not conjunction.has(*_HARD, "oneOf", "anyOf"):
            return []
        return [copied(each) for each in _OF_EACH_TYPE if self._holds(conjunction, each)][:1]

    def _holds(self, conjunction: Conjunction, value: Any) -> bool:
        return self._validity.holds_all(conjunction.parts, value)

    def _is_vague(self, conjunction: Conjunction) -> bool:
        return not self._vague.isdisjoint(conjunction.sources)

    def _of(self, *schemas: Any) -> Conjunction:
        return self._conjunctions.of(schemas)

    # What the document gives.

    def _given(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> Iterator[Any]:
        if way.examples:
            showing = self._showing
            for shown in conjunction.once(
                ("examples", showing.hidden, showing.is_excused),
                lambda: [showing.of(conjunction, each) for each in _examples(conjunction)],
            ):
                pinned = self._pinned(shown, place)
                if pinned is not shown:
                    yield pinned
                yield shown
        yield from reversed(conjunction.all("const"))
        enums = [each for each in conjunction.all("enum") if isinstance(each, list)]
        if enums:
            members = min(enums, key=len)
            start = 0 if way.is_minimal or not members else place.stream().below(len(members))
            turned = [*members[start:], *members[:start]]
            yield from (each for each in turned if each is not None)
            yield from (each for each in turned if each is None)
        elif "_".join(words_of(name)) in _ABSENT and self._may_be_null(conjunction):
            yield None

    @staticmethod
    def _may_be_null(conjunction: Conjunction) -> bool:
        return "null" in (conjunction.types or ()) or bool(conjunction.choices)

    def _pinned(self, example: Any, place: Place) -> Any:
        """Return the example with what is pinned in the place of what it has."""
        if isinstance(example, dict):
            pins = self._request.pins
            changed = {key: pins[key] for key in example if self._is_pinned(key, place)}
            return {**example, **changed} if changed else example
        return example

    def _is_pinned(self, name: str, place: Place) -> bool:
        """Return whether the name is pinned there: in the value itself, in the items of an array
        that it is, and in those of its arrays, unless it has that name itself."""
        if name not in self._request.pins:
            return False
        match place.tokens:
            case () | (int(),):
                return True
            case (str(), int()):
                return name not in self._outermost
            case _:
                return False

    # Alternatives.

    def _chosen(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> Any:
        """Return a value of the first alternative that gives a valid one."""
        failure = Impossible(place.tokens, "none of the alternatives gives a valid value")
        candidates = [*self._alternatives(conjunction, place, way)]
        unclear, size = [], self._size
        for each, where in self._tries(conjunction, place, way):
            for chosen in [*candidates]:
                self._size = size
                try:
                    value = self.value(chosen, name, where, each)
                except Impossible as error:
                    failure = error
                    candidates.remove(chosen)
                    continue
                if self._holds(conjunction, value):
                    return value
                unclear.append(value)
        if unclear:
            failure = Impossible(place.tokens, "what is valid for an alternative is so for others")
        for value in unclear[:_MOST_UNCLEAR]:
            for apart in self._told_apart(conjunction, value):
                if self._holds(conjunction, apart):
                    return apart
        raise failure

    @staticmethod
    def _tries(conjunction: Conjunction, place: Place, way: Way) -> Iterator[tuple[Way, Place]]:
        """Yield how to try the alternatives. Of oneOf, another value may be valid for one alone."""
        yield way, place
        yield way.plainest(), place
        if conjunction.choices[0][0] == "oneOf":
            yield from ((way.fresh(), place.other(number)) for number in range(_ONE_OF_TRIES))

    def _told_apart(self, conjunction: Conjunction, value: Any) -> Iterator[Any]:
        """Yield the object with one property more, by which it may be valid for fewer of the
        alternatives: oneOf wants one alone, and many a document's alternatives admit each other's
        values."""
        if isinstance(value, dict):
            others = (self._of(each) for each in conjunction.choices[0][1][:_ALTERNATIVES])
            names = dict.fromkeys(name for other in others for name in other.declared)
            for name in names:
                if name not in value:
                    yield from ({**value, name: wrong} for wrong in _OF_EACH_TYPE)

    def _alternatives(
        self, conjunction: Conjunction, place: Place, way: Way
    ) -> Iterator[Conjunction]:
        """Yield the conjunction with each of the alternatives of its first choice, null last, and
        those after the others that lead back to what is around them."""
        _, alternatives, part = conjunction.choices[0]
        item = next((each for each in reversed(place.tokens) if isinstance(each, int)), 0)

        def rank(number: int) -> tuple[bool, bool, int]:
            apart = self._of(alternatives[number])
            is_null = apart.types == ("null",)
            # The items of an array begin with one alternative after the other.
            is_last = self._is_vague(apart) or self._leads_back(apart, way)
            return is_last, is_null, (number - item) % len(alternatives)

        for number in sorted(range(len(alternatives)), key=rank)[:_ALTERNATIVES]:
            tag = self._conjunctions.tag(part, alternatives[number])
            for tags in ((tag,), ()) if tag else ((),):
                chosen = self._conjunctions.with_choice(conjunction, 0, alternatives[number], *tags)
                if not chosen.is_never:
                    yield chosen

    def _leads_back(self, conjunction: Conjunction, way: Way, depth: int = 0) -> bool:
        """Return whether the value would need one of a schema that is around it."""
        if any(id(part) in way.around for part in conjunction.parts):
            return True
        if depth == _MOST_CHOICES:
            return False
        return any(
            all(self._leads_back(self._of(each), way, depth + 1) for each in alternatives)
            for _, alternatives, _ in conjunction.choices
        )

    def _hard(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> Any:
        """Return a value that is seen to be valid, where the parts made do not ensure it."""
        for number in range(_HARD_TRIES):
            where = place if number == 0 else place.other(number)
            each = way if number < _HARD_TRIES // 2 else way.plainest()
            wanted = conjunction
            for _ in range(_ROUNDS):
                try:
                    value = self._typed(wanted, name, where, each)
                except Impossible:
                    break
                if self._holds(conjunction, value):
                    return value
                further = self._of(*conjunction.parts, *self._demanded(conjunction, value))
                if further.is_never:  # where one branch of a condition is false, the other must be
                    further = self._of(*conjunction.parts, *_conditions(conjunction))
                if further is wanted:
                    break
                wanted = further
        raise Impossible(place.tokens, "no valid value is found")

    def _demanded(self, conjunction: Conjunction, value: Any) -> Iterator[Any]:
        """Yield the schemas that the value must be valid for because of what it is itself."""
        for part in conjunction.parts:
            if "if" in part and self._validity.holds(part["if"], value):
                yield from (part["if"], part.get("then", True))
            elif "if" in part:
                yield part.get("else", True)
            for name, schema in part.get("dependentSchemas", {}).items():
                if isinstance(value, dict) and name in value:
                    yield schema

    # Types.

    def _typed(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> Any:
        types = conjunction.types
        if types is None:
            self.free.add(place.tokens)
            return None if way.is_minimal else self._texts.named(name, place.stream())
        if "null" in types and (way.is_minimal or len(types) == 1):
            return None
        failure = Impossible(place.tokens, "the schema's types exclude each other")
        for kind in (*(each for each in types if each != "null"), *types):
            try:
                return self._of_type(kind, conjunction, name, place, way)
            except Impossible as error:
                failure = error
        raise failure

    def _of_type(
        self, kind: str, conjunction: Conjunction, name: str, place: Place, way: Way
    ) -> Any:
        match kind:
            case "object":
                return self._object(conjunction, place, way)
            case "array":
                return self._array(conjunction, name, place, way)
            case "string":
                self.free.add(place.tokens)
                text = self._texts.of(conjunction, name, place, is_minimal=way.is_minimal)
                if text is None:
                    raise Impossible(place.tokens, "no text has that length, pattern and format")
                return text
            case "integer" | "number":
                self.free.add(place.tokens)
                number = number_of(
                    conjunction,
                    name,
                    place.stream(),
                    is_integer=kind == "integer",
                    is_minimal=way.is_minimal,
                )
                if number is None:
                    raise Impossible(place.tokens, "no number is within the limits")
                return number
            case "boolean":
                return _boolean(name, place)
            case "null":
                return None
            case _:
                raise Impossible(place.tokens, f"{kind} is no type of JSON")

    # Objects.

    def _object(self, conjunction: Conjunction, place: Place, way: Way) -> dict[str, Any]:
        inner = way.within(conjunction)
        if not place.tokens:
            self._outermost = frozenset(conjunction.declared)
        made: dict[str, Any] = {}
        most = conjunction.most("maxProperties")
        room = None if most is None else most - len(conjunction.required)
        for name in dict.fromkeys((*conjunction.declared, *conjunction.required)):
            is_required = name in conjunction.required
            if not is_required and room is not None and room <= 0:
                continue
            where = place.at(name)
            try:
                made[name] = self._property(conjunction, name, where, inner, required=is_required)
            except _LeftOut:
                continue
            except Impossible:
                if is_required:
                    raise
                continue
            if not is_required and room is not None:
                room -= 1
        self._add_dependents(conjunction, made, place, inner)
        self._add_entries(conjunction, made, place, inner)
        if most is not None and len(made) > most:
            raise Impossible(place.tokens, "more properties are required than maxProperties")
        if not way.is_minimal:
            self._make_coherent(conjunction, made, place)
        return made

    def _property(
        self, conjunction: Conjunction, name: str, place: Place, way: Way, *, required: bool
    ) -> Any:
        """Return the property's value. Raise _LeftOut where it is not to be there."""
        is_pinned = self._is_pinned(name, Place(b"", place.tokens[:-1]))
        is_wanted = not (way.is_minimal or self._is_enough(place))
        if not required and not is_pinned and not is_wanted:
            raise _LeftOut
        member = self._of(*conjunction.member(name))
        if is_pinned and self._holds(member, self._request.pins[name]):
            return self._request.pins[name]
        if is_hidden(member, self._request.hidden) and (not required or self._request.is_excused):
            raise _LeftOut
        if not required:
            is_vague = self._is_vague(member)
            if not is_wanted or is_vague or not self._may_be_named(conjunction, name):
                raise _LeftOut
            if self._leads_back(member, way):
                if "null" in (member.types or ()):
                    return None
                raise _LeftOut
        return self.value(member, name, place, way)

    def _may_be_named(self, conjunction: Conjunction, name: str) -> bool:
        return self._validity.holds_all(conjunction.all("propertyNames"), name)

    def _is_enough(self, place: Place) -> bool:
        return len(place.tokens) > _DEEPEST or self._size > _FULL_PLACES

    def _add_dependents(
        self, conjunction: Conjunction, made: dict[str, Any], place: Place, way: Way
    ) -> None:
        """Add what must be there because something else is."""
        waiting = list(made)
        dependents = conjunction.all("dependentRequired")
        while waiting:
            name = waiting.pop()
            for table in dependents:
                for other in table.get(name, ()):
                    if other not in made:
                        member = self._of(*conjunction.member(other))
                        made[other] = self.value(member, other, place.at(other), way)
                        waiting.append(other)

    def _add_entries(
        self, conjunction: Conjunction, made: dict[str, Any], place: Place, way: Way
    ) -> None:
        """Add entries of free names: as many as must be, and a few where the object has no others
        and the schema says what they are."""
        least, most = conjunction.least("minProperties"), conjunction.most("maxProperties")
        is_map = not conjunction.declared and any(
            isinstance(each, dict) and each
            for each in (
                *conjunction.all("additionalProperties"),
                *conjunction.all("patternProperties"),
            )
        )
        if least > _MOST_ITEMS:
            raise Impossible(place.tokens, f"more than {_MOST_ITEMS:,} properties")
        wanted = max(least, 0 if way.is_minimal or self._is_enough(place) else _ENTRIES * is_map)
        wanted = wanted if most is None else min(wanted, most)
        if len(made) < wanted and way.is_minimal:
            for name in conjunction.declared:  # those that were left out
                if len(made) < wanted and name not in made:
                    self._try_entry(conjunction, made, name, place, way)
        for number in range(wanted + _TRIES):
            if len(made) >= wanted:
                return
            free_name = self._free_name(conjunction, place.at(f"#{number}"), number)
            if free_name is not None and free_name not in made:
                self._try_entry(conjunction, made, free_name, place, way)
        if len(made) < least:
            raise Impossible(place.tokens, f"no {least:,} properties are found")

    def _try_entry(
        self, conjunction: Conjunction, made: dict[str, Any], name: str, place: Place, way: Way
    ) -> None:
        member = self._of(*conjunction.member(name))
        if member.is_never or self._leads_back(member, way):
            return
        if self._is_vague(member) and len(made) >= conjunction.least("minProperties"):
            return
        try:
            made[name] = self.value(member, name, place.at(name), way)
        except Impossible:
            return

    def _free_name(self, conjunction: Conjunction, place: Place, number: int) -> str | None:
        """Return a name that the object may have, None where this try finds none."""
        patterns = [name for each in conjunction.all("patternProperties") for name in each]
        rules = [each for each in conjunction.all("propertyNames") if each is not True]
        if rules:
            try:
                name = self.value(self._of(_TEXT, *rules), "", place, Way(examples=False))
            except Impossible:
                return None
            return name if isinstance(name, str) else None
        if patterns:
            return sample(patterns[number % len(patterns)], place.stream())
        return self._texts.named("", place.stream()) + ("" if number < _ENTRIES else f"_{number}")

    def _make_coherent(self, conjunction: Conjunction, made: dict[str, Any], place: Place) -> None:
        if place.tokens in self._request.plain:
            return
        free = {name for name in made if (*place.tokens, name) in self.free}
        free.difference_update(name for name in made if self._is_pinned(name, place))
        for name, value in coherence.changes(made, free):
            if (*place.tokens, name) not in self._request.plain:
                member = self._of(*conjunction.member(name))
                if self._holds(member, value):
                    made[name] = value

    # Arrays.

    def _array(self, conjunction: Conjunction, name: str, place: Place, way: Way) -> list[Any]:
        least, most = conjunction.least("minItems"), conjunction.most("maxItems")
        if least > _MOST_ITEMS:
            raise Impossible(place.tokens, f"more than {_MOST_ITEMS:,} items")
        if most is not None and least > most:
            raise Impossible(place.tokens, "minItems is more than maxItems")
        inner = way.within(conjunction)
        prefix = max(map(len, conjunction.all("prefixItems")), default=0)
        arrays = sum(isinstance(token, int) for token in place.tokens)
        wanted = max(_ITEMS[min(arrays, len(_ITEMS) - 1)], prefix)
        if way.is_minimal or self._is_enough(place):
            wanted = 0
        wanted = max(wanted, least)
        wanted = wanted if most is None else min(wanted, most)
        seen = _Seen() if True in conjunction.all("uniqueItems") else None
        made: list[Any] = []
        for index in range(wanted):
            rule = conjunction.item(index)
            item = self._of(*rule)
            is_optional = index >= least
            if item.is_never or (is_optional and self._is_vague(item)):
                break
            if is_optional and self._leads_back(item, inner):
                break
            try:
                value = self._item(item, singular(name), place.at(index), inner, seen)
            except Impossible:
                if index < least:
                    raise
                break
            made.append(value)
        self._contain(conjunction, made, name, place, inner, most)
        return made

    def _item(
        self, item: Conjunction, name: str, place: Place, way: Way, seen: _Seen | None
    ) -> Any:
        """Return an item; where `seen` holds the items before it, one that differs from them."""
        if place.tokens[-1] != 0:
            way = way.fresh()  # the same example in each item would show nothing
        if seen is None:
            return self.value(item, name, place, way)
        for value in self._different(item, name, place, way):
            if seen.is_new(value):
                return value
        for value in seen.further(item):
            if self._holds(item, value) and seen.is_new(value):
                return value
        raise Impossible(place.tokens, "no further item differs from the others")

    def _different(self, item: Conjunction, name: str, place: Place, way: Way) -> Iterator[Any]:
        """Yield values that an item may have, one other than the other as far as there are."""
        value = self.value(item, name, place, way)
        yield value
        index = int(place.tokens[-1])
        for number in range(1, _TRIES if index < _TRIES else 2):
            yield self.value(item, name, place.other(number), way.fresh())
        further: Iterable[Any] = next(iter(item.all("enum")), ())
        if is_number(value) and not item.choices and not further:
            is_integer = "number" not in (item.types or ())
            numbers = range(index, -1, -1)  # one more than there are items before this one
            further = (further_number(item, name, each, is_integer=is_integer) for each in numbers)
        elif isinstance(value, str) and not further:
            further = (f"{value}-{index}", f"{value}{index}", f"{index}")
        yield from (each for each in further if each is not None and self._holds(item, each))

    def _contain(
        self,
        conjunction: Conjunction,
        made: list[Any],
        name: str,
        place: Place,
        way: Way,
        most: int | None,
    ) -> None:
        """Put what the array must contain at its end, in the place of others if it is full."""
        for part in conjunction.parts:
            if "contains" not in part:
                continue
            rule = part["contains"]
            wanted = part.get("minContains", 1)
            if wanted > _MOST_ITEMS:
                raise Impossible(place.tokens, f"more than {_MOST_ITEMS:,} items")
            missing = wanted - sum(self._validity.holds(rule, item) for item in made)
            for number in range(max(missing, 0)):
                index = len(made) if most is None or len(made) < most else most - 1 - number
                if index < 0:
                    raise Impossible(place.tokens, "there is no room for what it must contain")
                item = self._of(*conjunction.item(index), rule)
                made[index:] = [self.value(item, singular(name), place.at(index), way)]


class _Seen:
    """The items of an array that must differ, as far as they are made."""

    def __init__(self) -> None:
        self._known: set[object] = set()
        self._texts: dict[int, Iterator[str]] = {}

    def is_new(self, value: Any) -> bool:
        """Return whether no item equals the value, which is one from now on."""
        number = len(self._known)
        self._known.add(identity(value))
        return len(self._known) > number

    def further(self, item: Conjunction) -> Iterator[str]:
        """Yield the texts that the item may be, as far as its pattern and lengths tell, each once
        in the array."""
        if "string" not in (item.types or ()) or item.has("enum", "const", "format"):
            return iter(())
        if id(item) not in self._texts:
            low, most = item.least("minLength"), item.most("maxLength")
            patterns = [each for each in item.all("pattern") if isinstance(each, str)]
            texts = chain.from_iterable(map(every, patterns or [f"[a-zA-Z0-9]{{{low},}}"]))
            self._texts[id(item)] = (
                text
                for text in islice(texts, _MOST_TEXTS)
                if low <= len(text) and (most is None or len(text) <= most)
            )
        return self._texts[id(item)]


class _LeftOut(Exception):
    """The property is not there."""


def _conditions(conjunction: Conjunction) -> Iterator[Any]:
    """Yield what makes the conditions of the parts true, and what then holds."""
    for part in conjunction.parts:
        if "if" in part:
            yield from (part["if"], part.get("then", True))


def _examples(conjunction: Conjunction) -> Iterator[Any]:
    """Yield the examples of the parts and then their defaults, the outermost part's first."""
    for part in reversed(conjunction.parts):
        if "example" in part:
            yield part["example"]
        if isinstance(part.get("examples"), list):
            yield from part["examples"]
    for part in reversed(conjunction.parts):
        if part.get("default") not in _EMPTY:
            yield part["default"]


def _boolean(name: str, place: Place) -> bool:
    if suffix_of(name, _FALSE) is not None:
        return False
    return suffix_of(name, _TRUE) is not None or place.stream().below(2) == 1


def copied(value: Any) -> Any:
    """Return a copy of the JSON value: the document's own is not the caller's to change."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [*map(copied, value)]
    return value
