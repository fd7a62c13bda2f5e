"""How LangSmith's answers change with the request: metamorphic relations, a line each, below.

A relation draws a request and its variations, asks them all, and says whether the answers are to
each other as they must be; no oracle takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from tests.laws.relation_draws import Draw
from tests.oracles.langsmith_requests import PATHS, SELECTABLE, SELECTS, any_form
from tests.oracles.run_oracle import RUN_FIELDS, TOKEN_FIELDS

FIELDS = (*RUN_FIELDS, *TOKEN_FIELDS)


def equal(*answers: object) -> bool:
    """The same bytes."""
    return len({orjson.dumps(answer) for answer in answers}) == 1


def added(*sums: list[int]) -> list[int]:
    return [sum(column) for column in zip(*sums, strict=True)]


def narrower_window(draw: Draw) -> bool:
    body, (first, second, third, last) = draw.body() | {"is_root": True}, draw.times(4)
    wide = draw.sums(body, start_time=first, end_time=last)
    narrow = draw.sums(body, start_time=second, end_time=third)
    return all(one <= two for one, two in zip(narrow, wide, strict=True))


def disjoint_windows(draw: Draw) -> bool:
    """Root runs: none of them reports what another one does."""
    body, (first, second, last) = draw.body() | {"is_root": True}, draw.times(3)
    early = draw.sums(body, start_time=first, end_time=second)
    late = draw.sums(body, start_time=second, end_time=last)
    return added(early, late) == draw.sums(body, start_time=first, end_time=last)


def open_windows(draw: Draw) -> bool:
    body, (time,) = draw.body() | {"start_time": ..., "end_time": ...}, draw.times(1)
    return draw.count(body) == draw.count(body, start_time=time) + draw.count(body, end_time=time)


def both(draw: Draw) -> bool:
    body, one, two = draw.body(), draw.filter(), draw.filter()
    counts = [draw.count(body, filter=text) for text in (one, two)]
    return draw.count(body, filter=f"and({one}, and({two}))") <= min(counts)


def either(draw: Draw) -> bool:
    body, one, two = draw.body(), draw.filter(), draw.filter()
    texts = (one, two, f"or({one}, {two})", f"and({one}, and({two}))")
    first, second, any_, all_ = (draw.count(body, filter=text) for text in texts)
    return first + second == any_ + all_


def complement(draw: Draw) -> bool:
    body, text = draw.body(), draw.filter()
    others = draw.count(body, filter=f"not({text})")
    return draw.count(body, filter=text) + others == draw.count(body, filter=...)


def double_negation(draw: Draw) -> bool:
    body, text = draw.light(), draw.filter()
    return equal(draw.shared(body, filter=text), draw.shared(body, filter=f"not(not({text}))"))


def ids(draw: Draw) -> bool:
    known = [run["id"] for run in draw.requests.pool]
    one, two = (set(draw.chance.choices(known, k=draw.chance.randint(1, 70))) for _ in "ab")
    counts = [draw.count({}, id=sorted(s)) for s in (one, two, one | two, one & two)]
    return counts[0] + counts[1] == counts[2] + counts[3]


def select(draw: Draw) -> bool:
    body, names = draw.body(), draw.chance.sample(FIELDS, k=8)
    wide, some = names, names[: draw.chance.randint(1, 7)]
    answer = draw.shared(body, select=draw.chance.choice([None, wide, wide]))
    return equal(
        draw.shared(body, select=some),
        {name: value for name, value in answer.items() if name in some},
    )


def order(draw: Draw) -> bool:
    """Of select, and of lists of ids, of which each may stand there twice."""
    body = draw.body() | {"select": draw.chance.choices(SELECTABLE, k=3)}
    body["session"] = draw.some(draw.requests.experiments)
    body["reference_example"] = draw.some(list(draw.requests.world.examples))
    other = {}
    for name in ("select", "session", "reference_example"):
        twice = body[name] + draw.some(body[name])
        other[name] = draw.chance.sample(twice, k=len(twice))
    return equal(draw.shared(body), draw.shared(body, **other))


def sessions(draw: Draw) -> bool:
    body = draw.body() | {"session": ...}
    each = [draw.sums(body, session=[id_]) for id_ in draw.requests.experiments]
    return added(*each) == draw.sums(body)


def groups(draw: Draw) -> bool:
    body = draw.body() | {"select": ["run_count", "total_tokens"]}
    attribute = draw.chance.choice(["name", "run_type", "tag", "metadata"])
    body["group_by"] = {"attribute": attribute, "max_groups": 100}
    if attribute == "metadata":
        body["group_by"]["path"] = draw.chance.choice(PATHS)
    full = draw.shared(body)
    most = draw.chance.randint(1, 6)
    first = draw.shared(body, group_by=body["group_by"] | {"max_groups": most})
    named = draw.some([*full, "else"])
    some = draw.shared(body, groups=[None if name == "null" else name for name in named])
    return equal(some, {k: v for k, v in full.items() if k in named}) and equal(
        first, dict(list(full.items())[:most])
    )


def paging(draw: Draw) -> bool:
    request = draw.requests.group_stats(draw.chance)
    pages = [
        {"offset": draw.chance.randint(0, 99), "limit": draw.chance.randint(1, 100)} for _ in "ab"
    ]
    return equal(*(draw.asked(request, **page) for page in pages))


def repeated(draw: Draw) -> bool:
    operation = draw.chance.choice(["group_stats", "shared_stats", "group_runs", "thread_stats"])
    request = draw.requests.any(draw.chance, operation)
    return equal(draw.asked(request), draw.asked(request))


def upper_case(draw: Draw) -> bool:
    """Of ids in the path, the query and the body; a thread's name is no id."""
    operation = draw.chance.choice(["group_stats", "shared_stats", "group_runs", "thread_stats"])
    request = draw.requests.any(draw.chance, operation)
    ids = {"session_id", "session_ids", "session", "reference_example", "id", "trace", "parent_run"}
    ids |= {"share_token", "dataset_id"}

    def upper(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {k.upper() if name == "filters" else k: upper(k, v) for k, v in value.items()}
        if name in ids and isinstance(value, list):
            return [id_.upper() for id_ in value]
        return value.upper() if name in ids and value else value

    arguments = {name: upper(name, value) for name, value in request.arguments.items()}
    return equal(draw.asked(request), draw.ask(operation, request.tenant, arguments))


def forms_of_time(draw: Draw) -> bool:
    body, (start, end) = draw.light(), draw.times(2)
    other = {"start_time": any_form(draw.chance, start), "end_time": any_form(draw.chance, end)}
    return equal(draw.shared(body, start_time=start, end_time=end), draw.shared(body, **other))


def root_and_child(draw: Draw) -> bool:
    body = draw.light() | {"is_root": ..., "execution_order": ...}
    root, child = (draw.count(body, is_root=is_root) for is_root in (True, False))
    first = draw.shared(body, execution_order=1)
    return root + child == draw.count(body) and equal(first, draw.shared(body, is_root=True))


def failed_and_not(draw: Draw) -> bool:
    body = draw.body() | {"error": ...}
    failed, others = (draw.count(body, error=error) for error in (True, False))
    return failed + others == draw.count(body)


def search(draw: Draw) -> bool:
    words = draw.chance.choice(draw.requests.pool)["name"]
    body = draw.light() | {"query": ..., "search_filter": ...}
    text = f'search("{words}")'
    return equal(draw.shared(body, query=words), draw.shared(body, search_filter=text))


def filter_or_search_filter(draw: Draw) -> bool:
    body, text = draw.light() | {"filter": ..., "search_filter": ...}, draw.filter()
    return equal(draw.shared(body, filter=text), draw.shared(body, search_filter=text))


def no_effect(draw: Draw) -> bool:
    names = ("data_source_type", "skip_pagination", "use_experimental_search")
    body = draw.light() | dict.fromkeys(names, ...)
    source = draw.chance.choice(["current", "historical", "lite", "root_lite"])
    given = dict(zip(names, (source, True, True), strict=True))
    nulls = dict.fromkeys(("id", "groups", "group_by", *names[:2]))
    return equal(draw.shared(body), draw.shared(body, **given), draw.shared(body, **nulls))


def trace_and_tree(draw: Draw) -> bool:
    """The root run is a run of the tree, and so is the run itself."""
    body, text = (
        draw.body() | {"filter": ..., "trace_filter": ..., "tree_filter": ...},
        draw.filter(),
    )
    tree = draw.count(body, tree_filter=text)
    return max(draw.count(body, trace_filter=text), draw.count(body, filter=text)) <= tree


def trace_of_roots(draw: Draw) -> bool:
    """A root run is its trace's."""
    body = draw.light() | {"filter": ..., "trace_filter": ..., "is_root": True}
    text = draw.filter()
    return equal(draw.shared(body, filter=text), draw.shared(body, trace_filter=text))


def selects(draw: Draw) -> bool:
    request = draw.requests.thread_stats(draw.chance)
    some = draw.some(list(SELECTS))
    answers = [draw.asked(request, selects=names) for names in (SELECTS, some, some * 2)]
    full = {name for name in answers[0] if name.removesuffix("_seconds").upper() in some}
    return answers[1] == answers[2] == {name: answers[0][name] for name in full}


def conversations(draw: Draw) -> bool:
    """A conversation may match a filter by one run, and its negation by another."""
    request = draw.requests.group_stats(draw.chance)
    text = request.arguments["body"].get("filter", "eq(is_root, true)")
    every = draw.asked(request, filter=None)["group_count"]
    texts = (text, f"not({text})")
    found, others = (draw.asked(request, filter=one)["group_count"] for one in texts)
    return bool(max(found, others) <= every <= found + others)


def comparison_filters(draw: Draw) -> bool:
    request = draw.requests.group_runs(draw.chance)
    body = request.arguments["body"]
    filters = {id_.lower(): texts for id_, texts in (body.get("filters") or {}).items()}
    session = draw.chance.choice(body["session_ids"]).lower()
    more = filters | {session: [*filters.get(session, ()), draw.filter()]}
    wide, narrow = (
        {group["group_key"]: group["count"] for group in answer["groups"]}
        for answer in (
            draw.asked(request, offset=0, limit=1000),
            draw.asked(request, offset=0, limit=1000, filters=more),
        )
    )
    return all(count <= wide[key] for key, count in narrow.items())


def comparison_lists(draw: Draw) -> bool:
    """What is listed of a group, and how, leaves its numbers."""
    request = draw.requests.group_runs(draw.chance)
    answers = [
        draw.asked(request, per_group_limit=draw.chance.randint(1, 10), preview=preview)
        for preview in (True, False)
    ]
    return equal(*([group | {"examples": []} for group in a["groups"]] for a in answers))


def comparison_order(draw: Draw) -> bool:
    request = draw.requests.group_runs(draw.chance)
    given = request.arguments["body"]["session_ids"]
    shuffled = draw.chance.sample(given, k=len(given))

    def numbers(answer: dict[str, Any]) -> list[Any]:
        return [
            group | {"examples": [], "sessions": sorted(group["sessions"], key=lambda s: s["id"])}
            for group in answer["groups"]
        ]

    return numbers(draw.asked(request)) == numbers(draw.asked(request, session_ids=shuffled))


RELATIONS: dict[str, Callable[[Draw], bool]] = {
    "a narrower window never raises a count or a sum": narrower_window,
    "disjoint windows of root runs add up": disjoint_windows,
    "what begins before a time and what after is all": open_windows,
    "and(x, y) gives at most what x or y gives": both,
    "or(x, y) and and(x, y) together give what x and y give": either,
    "a filter and its negation part the runs": complement,
    "not(not(x)) is x": double_negation,
    "lists of ids unite": ids,
    "a select is a part of the full answer": select,
    "the order of lists, and what is twice in them, does not matter": order,
    "the projects' numbers add up to those of all": sessions,
    "named groups, and the first ones, are a part of all": groups,
    "offset and limit leave the conversations' statistics": paging,
    "the same request has the same answer": repeated,
    "ids may be written in upper case": upper_case,
    "a time may be written in any form": forms_of_time,
    "root and child runs are all; execution_order 1 is the roots": root_and_child,
    "failed runs and the others are all": failed_and_not,
    "query is a search for the words": search,
    "filter and search_filter are one": filter_or_search_filter,
    "what has no effect has none, and null is nothing": no_effect,
    "tree_filter gives what trace_filter and filter give, or more": trace_and_tree,
    "of root runs, trace_filter is filter": trace_of_roots,
    "a thread's select is a part of its full answer": selects,
    "conversations match a filter or its negation": conversations,
    "a further filter never adds to a comparison": comparison_filters,
    "how much of a group is listed, and how, leaves its numbers": comparison_lists,
    "the order of the projects leaves a comparison's numbers": comparison_order,
}
