"""Random writes to Helicone, and what is there after them, in plain Python: apart from the package,
as the calls are.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from attrs import define, field, frozen

from tests.oracles import helicone_calls
from tests.oracles.helicone_calls import BEGIN_MS, SESSIONS, Call, Row

ORGANIZATIONS = (
    "11111111-1111-1111-1111-111111111111",
    "22222222-2222-4222-8222-222222222222",
)
HOUR_MS = 3_600_000
OLD_MS = BEGIN_MS - 40 * 24 * HOUR_MS  # more than 30 days before the end of the dataset's time
THUMB, SESSION_ID = "helicone-score-feedback", "Helicone-Session-Id"
TAGS = ("gold", "x", "vip")


@frozen
class Said:
    """What is said of a request, by its id, or of a session: `what` is "feedback", "score",
    "property", "thumb" (feedback at a logging server), "tag" or "opinion" (feedback of a
    session)."""

    what: str
    organization: str
    id: str
    body: Row


Event = Call | Said


@define
class Written:
    """The rows of requests by organization and id, those of tags, and what waits for requests."""

    requests: dict[tuple[str, str], Row] = field(factory=dict)
    tags: list[Row] = field(factory=list)
    _waiting: dict[tuple[str, str], dict[str, int]] = field(factory=dict)
    _given: dict[tuple[str, str], dict[str, str]] = field(factory=dict)
    _ticks: int = 0

    def write(self, event: Event) -> int:
        """Do as the server does; return the status of its answer."""
        if isinstance(event, Call):
            self._log(event)
            return 200
        key = event.organization, event.id
        match event.what:
            case "tag":
                self._tag(event)
                return 200
            case "opinion":
                return self._opinion(event)
            case "property":
                return self._property(key, event.body["key"], event.body["value"])
            case "thumb" if key not in self.requests:
                return 500
            case "feedback" | "thumb":
                self._score(key, {THUMB: int(event.body["rating"])})
            case _:
                self._score(
                    key,
                    {
                        f"{name}-hcone-bool" if isinstance(value, bool) else name: int(value)
                        for name, value in event.body["scores"].items()
                    },
                )
        return 200 if event.what == "thumb" else 201

    def _log(self, call: Call) -> None:
        row, before = helicone_calls.row(call), self.requests.get(call.key, {})
        row["scores"] = before.get("scores", {}) | self._waiting.pop(call.key, {})
        row["properties"] |= self._given.get(call.key, {})
        self.requests[call.key] = row

    def _score(self, key: tuple[str, str], scores: dict[str, int]) -> None:
        row = self.requests.get(key)
        if row is None:
            self._waiting[key] = self._waiting.get(key, {}) | scores
        elif row["request_created_at"] > "2025-05-06":  # 30 days before the end
            row["scores"] = row["scores"] | scores

    def _property(self, key: tuple[str, str], name: str, value: str) -> int:
        if key not in self.requests:
            return 500
        self._given.setdefault(key, {})[name] = value
        self.requests[key]["properties"][name] = value
        return 201

    def _tag(self, event: Said) -> None:
        """The same tag again is as good as a newer one."""
        row = {
            "organization_id": event.organization,
            "entity_type": "session",
            "entity_id": event.id,
            "tag": event.body["tag"],
        }
        self.tags = [each for each in self.tags if row.items() - each.items()]
        self._ticks += 1
        minutes, seconds = divmod(self._ticks, 60)
        self.tags.append(row | {"created_at": f"2025-06-02T00:{minutes:02}:{seconds:02}Z"})

    def _opinion(self, event: Said) -> int:
        those = [
            (row["request_created_at"], key)
            for key, row in self.requests.items()
            if key[0] == event.organization and row["properties"].get(SESSION_ID) == event.id
        ]
        if not those:
            return 500
        value = str(int(event.body["rating"]))
        self._property(min(those)[1], "Helicone-Session-Feedback", value)
        return 200


def calls(draw: Random, number: int) -> list[Call]:
    """So many calls, no two of which begin at once; a few are old, and some have the id of another,
    of the same organization or not."""
    begin = draw.sample(range(BEGIN_MS - 4 * HOUR_MS, BEGIN_MS + 55 * HOUR_MS), number)
    made: list[Call] = []
    for place, start_ms in enumerate(begin):
        known = [call for call in made if call.has_id]
        is_again = bool(known) and draw.random() < 0.2
        id_ = draw.choice(known).id if is_again else ""
        organization = draw.choices(ORGANIZATIONS, (5, 1))[0]
        start_ms = start_ms if draw.random() < 0.8 else OLD_MS - place  # noqa: PLW2901
        made.append(helicone_calls.drawn(draw, organization, start_ms, id_))
    return made


def events(draw: Random, before: list[Call], after: list[Call], number: int) -> list[Event]:
    """The later calls, and so much that is said of all of them, in any order."""
    known = [call.key for call in [*before, *(call for call in after if call.has_id)]]
    said = [_said(draw, *draw.choice(known)) for _ in range(number)]
    every: list[Event] = [*after, *said]
    draw.shuffle(every)
    return every


def _said(draw: Random, organization: str, id_: str) -> Said:
    if draw.random() < 0.1:
        organization = draw.choice(ORGANIZATIONS)
    rating = {"rating": draw.random() < 0.5}
    session = draw.choice(SESSIONS[:-1])
    scores = {
        draw.choice(("quality", "other", THUMB)): draw.choice((0, 1, 4, True, False))
        for _ in range(2)
    }
    name = draw.choice(("env", "Env", "reviewed"))
    return draw.choice(
        (
            Said("feedback", organization, id_, rating),
            Said("thumb", organization, id_, rating),
            Said("score", organization, id_, {"scores": scores}),
            Said("score", organization, id_, {"scores": scores}),
            Said("property", organization, id_, {"key": name, "value": draw.choice(("prod", ""))}),
            Said("tag", organization, session, {"tag": draw.choice(TAGS)}),
            Said("opinion", organization, session, rating),
        )
    )


def questions(draw: Random, trees: Iterator[Row]) -> Iterator[tuple[str, Row]]:
    """Random questions without end, of every operation that reads: the path, and the body; null is
    for GET. `trees` are bodies of questions about sessions, with filters."""
    while True:
        body = next(trees)
        name = draw.choice(("", "Trip_Planner", "prod"))
        cut = {
            "pSize": draw.choice(("p50", "p75", "p99.9")),
            "useInterquartile": draw.random() < 0.5,
        }
        common = {key: body[key] for key in ("timezoneDifference", "filter", "timeFilter")}
        requests = {
            "filter": body["filter"],
            "sort": draw.choice(_SORTS),
            "limit": draw.choice((10, 1000)),
            "offset": draw.choice((0, 3)),
        }
        if draw.random() < 0.3:
            requests["isScored"] = draw.random() < 0.5
        counted = {key: value for key, value in body.items() if key not in ("limit", "offset")}
        yield draw.choice(
            (
                ("/v1/session/metrics/query", common | cut | {"nameContains": name}),
                ("/v1/session/query", body),
                ("/v1/session/query", body),
                ("/v1/session/count", counted),
                ("/v1/session/name/query", common | {"nameContains": name}),
                ("/v1/request/query-clickhouse", requests),
                ("/v1/request/query-clickhouse", requests),
                ("/v1/property/query", {}),
                (f"/v1/session/{draw.choice(SESSIONS[:-1])}/tag", {}),
            )
        )


_SORTS: tuple[Row, ...] = (
    {},
    {"created_at": "asc"},
    {"latency": "desc"},
    {"time_to_first_token": "asc"},
    {"total_tokens": "desc"},
    {"prompt_tokens": "asc"},
    {"completion_tokens": "desc"},
    {"user_id": "asc"},
    {"body_model": "desc"},
    {"cost": "asc"},
    {"properties": {"env": "asc"}},
)
