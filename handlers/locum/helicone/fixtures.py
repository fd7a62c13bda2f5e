"""The rows of helicone/requests and helicone/session_tags: the same calls, seen by a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson

from locum.generator import failures, payloads, texts
from locum.generator.random_streams import Flags, Floats, Ints
from locum.generator.recipe import THREAD_KEYS
from locum.generator.rules import in_range
from locum.generator.runs import OK, OPEN
from locum.generator.tenants import TENANTS
from locum.generator.world import Row, World, iso
from locum.helicone import wire_bodies
from locum.helicone.tables import (
    FEEDBACK,
    SESSION_ID,
    SESSION_NAME,
    SESSION_PATH,
    TABLES,
    ZERO_UUID,
)
from locum.provider import Rule, WorldTables

# Where the proxy sends what is for a provider of models.
_ADDRESSES = {
    "ANTHROPIC": "https://api.anthropic.com/v1/messages",
    "OPENAI": "https://api.openai.com/v1/chat/completions",
    "GOOGLE": "https://generativelanguage.googleapis.com/v1beta/models",
}
_PENDING = -2  # the status of a request that has no answer yet
# The turn, counted from 0, from which a conversation may be an escalation.
_ESCALATES = 4
_TAGS = ("gold", "escalated", "review")


def requests(world: World) -> Iterator[Row]:
    """One request for each llm run, under the run's id, in the order of the runs."""
    is_llm = world.runs.is_llm
    calls = np.array([run for run in world.order if is_llm[run]], dtype=np.int64)
    columns = _columns(world, calls, _scores(world))
    names = list(TABLES["helicone/requests"].columns)
    values = zip(*(columns.get(name, [None] * len(calls)) for name in names), strict=True)
    # Made only now: the bodies of all calls at once would take gigabytes.
    for each, (sent, answered) in zip(values, _bodies(world, calls), strict=True):
        row = dict(zip(names, each, strict=True))
        row["request_body"], row["response_body"] = sent, answered
        yield row


def session_tags(world: World) -> Iterator[Row]:
    """Tags on a few sessions, two on some, each given after the session has begun."""
    threads, runs = world.threads, world.runs
    called = np.zeros(len(threads.key), dtype=np.bool_)
    called[world.traces.thread[runs.trace[runs.is_llm]]] = True
    chosen = world.streams.flags("session_tags", "tagged", 0.2, len(threads.key))
    tagged = chosen & called & (threads.key >= 0)
    which = world.streams.of("session_tags", "tag").integers(0, len(_TAGS), len(threads.key))
    begun_us = np.full(len(threads.key), now_us := world.recipe.now_ms * 1000)
    np.minimum.at(begun_us, world.traces.thread[runs.trace], world.times.start_us)
    since = world.streams.of("session_tags", "created_at").random((len(threads.key), len(_TAGS)))
    created_us = begun_us[:, None] + (since * (now_us - begun_us)[:, None]).astype(np.int64)
    for number in np.flatnonzero(tagged).tolist():
        tags = sorted({_TAGS[which[number]], _TAGS[number % len(_TAGS)]})
        for tag, created in zip(tags, iso(created_us[number]), strict=False):
            yield {
                "organization_id": TENANTS[world.projects[threads.project[number]].tenant],
                "entity_type": "session",
                "entity_id": world.thread_ids[number],
                "tag": tag,
                "created_at": created,
            }


def _scores(world: World) -> dict[int, dict[str, int]]:
    """Feedback on a turn, as scores of its last call: integers, a quality in hundredths."""
    last: dict[int, int] = {}
    for run in np.flatnonzero(world.runs.is_llm).tolist():
        last[int(world.runs.root[run])] = run
    scores: dict[int, dict[str, int]] = {}
    for opinion in world.opinions:
        if (call := last.get(opinion.run)) is None or opinion.score is None:
            continue
        if opinion.key == "user_score":
            scores.setdefault(call, {})[FEEDBACK] = int(opinion.score)
        elif opinion.key == "quality":
            scores.setdefault(call, {})["quality"] = round(opinion.score * 100)
    return scores


def _columns(world: World, calls: Ints, scores: dict[int, dict[str, int]]) -> dict[str, list[Any]]:
    trace = world.runs.trace[calls]
    model = [world.models[m] for m in world.traces.model[trace].tolist()]
    tenant = [world.projects[p].tenant for p in world.project_of_run[calls].tolist()]
    return {
        "request_id": [world.run_ids[run] for run in calls.tolist()],
        "organization_id": [TENANTS[each] for each in tenant],
        "provider": [each.provider for each in model],
        "model": [each.name for each in model],
        "target_url": [_ADDRESSES[each.provider] for each in model],
        "status": [status or _PENDING for status in world.http_statuses[calls].tolist()],
        "properties": [_properties(world, run) for run in calls.tolist()],
        "scores": [scores.get(run, {}) for run in calls.tolist()],
        **_measures(world, calls),
        **_users(world, trace),
        **_settings(world, calls),
    }


def _where(known: Flags, values: list[Any], otherwise: Any) -> list[Any]:
    return [v if k else otherwise for k, v in zip(known.tolist(), values, strict=True)]


def _measures(world: World, calls: Ints) -> dict[str, list[Any]]:
    """Times, durations in milliseconds, tokens, and cost in nano-USD."""
    times, usage = world.times, world.usage
    ended, reports = world.runs.status[calls] != OPEN, usage.reports[calls]
    start_us, first_us, end_us = (
        each[calls] for each in (times.start_us, times.first_token_us, times.end_us)
    )
    first_ms = ((first_us - start_us) // 1000).tolist()
    return {
        "request_created_at": iso(start_us),
        "response_created_at": _where(ended, iso(end_us), None),
        "latency": _where(ended, ((end_us - start_us) // 1000).tolist(), None),
        "time_to_first_token": _where(first_us >= 0, first_ms, None),
        "prompt_tokens": _where(reports, usage.prompt_tokens[calls].tolist(), None),
        "completion_tokens": _where(reports, usage.completion_tokens[calls].tolist(), None),
        "prompt_cache_read_tokens": usage.prompt_token_details["cache_read"][calls].tolist(),
        "prompt_cache_write_tokens": usage.prompt_token_details["cache_creation"][calls].tolist(),
        "cost": (usage.prompt_cost + usage.completion_cost)[calls].tolist(),
    }


def _users(world: World, trace: Ints) -> dict[str, list[Any]]:
    """The e-mail address and country of who asked; of nobody in an experiment."""
    streams, size = world.streams, world.recipe.users + 1
    emails = streams.pool("users", "email", "ascii_safe_email", size)
    country = streams.pick("users", "country", texts.COUNTRY_WEIGHTS, size).tolist()
    user = [world.talks.user(t) for t in trace.tolist()]
    return {
        "user_id": ["" if u < 0 else emails[u] for u in user],
        "country_code": [None if u < 0 else texts.COUNTRIES[country[u]] for u in user],
    }


def _settings(world: World, calls: Ints) -> dict[str, list[Any]]:
    """What was asked of the proxy: its cache, the prompt scan, stored prompts and billing."""
    streams, size = world.streams, len(calls)
    project, cached = world.project_of_run[calls], world.drawn.cached[calls]
    origin = _origins(world, calls, project, streams.of("requests", "origin").random(size))
    caching = cached | streams.flags("requests", "cache_enabled", 0.3, size)
    threat = streams.pick("requests", "threat", (0.85, 0.1, 0.05), size).tolist()
    prompts = [world.projects[p].prompt_id for p in project.tolist()]
    has_prompt = np.array([prompt is not None for prompt in prompts], dtype=np.bool_)
    prompted = streams.flags("requests", "prompt_id", 0.5, size) & has_prompt
    version = streams.pick("requests", "prompt_version", (0.6, 0.3, 0.1), size).tolist()
    referred = streams.flags("requests", "request_referrer", 0.4, size)
    passthrough = streams.flags("requests", "is_passthrough_billing", 0.05, size)
    return {
        "cache_reference_id": _where(cached, origin, ZERO_UUID),
        "cache_enabled": caching.tolist(),
        "threat": [(None, False, True)[t] for t in threat],
        "prompt_id": _where(prompted, prompts, ""),
        "prompt_version": _where(prompted, [("1.0", "1.1", "2.0")[v] for v in version], ""),
        "request_referrer": _where(referred, ["https://app.example.com"] * size, ""),
        "is_passthrough_billing": passthrough.tolist(),
    }


def _origins(world: World, calls: Ints, project: Ints, where: Floats) -> list[str]:
    """For each request, one of the same project whose trace began earlier, or before it in the same
    trace (its own id where there is none)."""
    status = world.runs.status
    seen: dict[int, list[int]] = {}
    origins = [""] * len(calls)
    begun = np.argsort(world.times.start_us[world.runs.root[calls]], kind="stable")
    for place in begun.tolist():
        run, earlier = int(calls[place]), seen.setdefault(int(project[place]), [])
        origin = earlier[int(where[place] * len(earlier))] if earlier else run
        origins[place] = world.run_ids[origin]
        if status[run] == OK:
            earlier.append(run)
    return origins


def _properties(world: World, run: int) -> dict[str, str]:
    """Strings, as headers are. Conversations under conversation_id have no session name; from its
    fifth turn on one may be named an escalation."""
    trace = int(world.runs.trace[run])
    thread = int(world.traces.thread[trace])
    project = world.projects[world.threads.project[thread]]
    key, turn = int(world.threads.key[thread]), int(world.traces.turn[trace])
    properties: dict[str, str] = {}
    if key >= 0:
        properties[SESSION_ID] = world.thread_ids[thread]
        properties[SESSION_PATH] = world.shapes.nodes[world.runs.node[run]].path
    if project.session_name and (key < 0 or THREAD_KEYS[key] != "conversation_id"):
        escalated = project.escalation if turn >= _ESCALATES else None
        properties[SESSION_NAME] = escalated or project.session_name
    properties["app"] = project.name
    if (user := world.talks.user(trace)) >= 0:
        properties["tier"] = texts.TIERS[user % 3]
    if turn:
        properties["turn"] = str(turn + 1)
    return properties


def _bodies(world: World, calls: Ints) -> Iterator[tuple[str, str]]:
    """What was sent and answered, as JSON texts; nothing was answered to a pending request."""
    said, messages = payloads.Payloads(world), failures.messages(world)
    for run, model, streamed, status, used in zip(
        calls.tolist(),
        [world.models[m] for m in world.traces.model[world.runs.trace[calls]].tolist()],
        (world.times.first_token_us[calls] >= 0).tolist(),
        world.http_statuses[calls].tolist(),
        _used(world, calls),
        strict=True,
    ):
        maker, name = model.provider, model.name
        sent = wire_bodies.request(maker, name, said.messages(run), streamed=streamed)
        answered = ""
        if status >= HTTPStatus.BAD_REQUEST:
            failed = wire_bodies.failure(maker, status, messages[run] or "")
            answered = orjson.dumps(failed).decode()
        elif status:
            id_, message = world.run_ids[run], said.said(run)
            answered = orjson.dumps(wire_bodies.response(maker, name, id_, message, used)).decode()
        yield orjson.dumps(sent).decode(), answered


def _used(world: World, calls: Ints) -> Iterator[wire_bodies.Tokens | None]:
    """What each call reports, null where it reports nothing."""
    usage = world.usage
    asked, said = usage.prompt_token_details, usage.completion_token_details
    tokens = (
        usage.prompt_tokens,
        usage.completion_tokens,
        asked["cache_read"],
        asked["cache_creation"],
        said["reasoning"],
        asked["audio"],
        said["audio"],
    )
    amounts = zip(*(each[calls].tolist() for each in tokens), strict=True)
    for known, used in zip(usage.reports[calls].tolist(), amounts, strict=True):
        yield wire_bodies.Tokens(*used) if known else None


def rows(world: World) -> dict[str, Iterator[Row]]:
    """Draw the rows of each table as they are read."""
    return {"helicone/requests": requests(world), "helicone/session_tags": session_tags(world)}


RULES = (
    Rule(
        "helicone/requests",
        "cache_reference_id",
        "an earlier request that was answered",
        f"""SELECT q.request_id, q.cache_reference_id FROM helicone_requests q
        LEFT JOIN helicone_requests o ON o.request_id = q.cache_reference_id
        WHERE q.cache_reference_id != '{ZERO_UUID}'
          AND (o.status = 200 AND o.request_created_at < q.request_created_at) IS NOT TRUE""",
    ),
    in_range("helicone/requests", "latency", "0 or more", "latency < 0", "request_id"),
)

WORLD = WorldTables(
    rows,
    lambda world: {"helicone/requests": int(world.runs.is_llm.sum())},
    RULES,
    ids={"helicone/requests": ("request_id",), "helicone/session_tags": ("entity_id", "tag")},
)
