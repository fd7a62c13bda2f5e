"""What loggers have sent is what a dataset of the same rows holds: the rows are computed by code
apart from the package, and every question has the same answer.

Where the server makes ids, they stand for those of the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from attrs import define, field
from httpx import Response
from starlette.testclient import TestClient

from locum.helicone import PROVIDER
from tests.helicone.test_session_rows import bodies
from tests.oracles import helicone_calls, helicone_writes
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.helicone_calls import NOW, PRICES, Call, Row
from tests.oracles.helicone_writes import ORGANIZATIONS, Event, Said, Written
from tests.oracles.otlp import in_protobuf

KEYS = dict(zip(ORGANIZATIONS, ("mine", "theirs"), strict=True))
ALL = {"filter": "all", "limit": 1000}
# By seed: how many requests are in the files and how many come, what is said, and is asked.
SIZES = {0: (30, 90, 90, 240)} | dict.fromkeys(range(1, 8), (60, 250, 200, 700))


@contextmanager
def serving(folder: Path, written: Written) -> Iterator[TestClient]:
    """A server over a dataset of these rows."""
    tables: dict[str, list[Row]] = {
        "helicone/requests": [*written.requests.values()],
        "helicone/session_tags": written.tags,
        "keys": [
            {"key": key, "provider": "helicone", "tenant_id": organization, "access": "rw"}
            for organization, key in KEYS.items()
        ],
    }
    (folder / "helicone").mkdir(parents=True)
    for name, rows in tables.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"now": NOW}))
    (folder / "prices.json").write_text(json.dumps(PRICES))
    scenarios = scenarios_of([find(str(folder))], [PROVIDER])
    scenarios.load_chosen()
    with TestClient(application_of(scenarios), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, organization: str, path: str, body: Any, **more: Any) -> Response:
    method = more.pop("method", "POST")
    headers = {"Authorization": f"Bearer {KEYS[organization]}"} | more.pop("headers", {})
    path = quote(path)
    found: Response
    if isinstance(body, bytes):
        found = client.request(method, path, content=body, headers=headers)
    elif method == "GET":
        found = client.get(path, headers=headers)
    else:
        found = client.request(method, path, json=body, headers=headers)
    return found


@define
class Sender:
    """Sends events to a server, in any of the ways that loggers have. `ids` are those that the
    server made, by those of the calls."""

    client: TestClient
    draw: Random
    ids: dict[str, str] = field(factory=dict)

    def send(self, event: Event) -> int:
        """Return the status of the answer."""
        return self._call(event) if isinstance(event, Call) else self._said(event)

    def _call(self, call: Call) -> int:
        headers, body = helicone_calls.sent(call, self.draw)
        content = json.dumps(body, ensure_ascii=self.draw.random() < 0.5).encode()
        if call.is_span and self.draw.random() < 0.5:
            content, headers["Content-Type"] = in_protobuf(body), "application/x-protobuf"
        answer = ask(self.client, call.organization, call.path, content, headers=headers)
        if call.is_worker and not call.is_span and answer.status_code == 200:
            assert answer.text == "ok"
            self.ids[call.id] = answer.headers["helicone-id"]
        return answer.status_code

    def _said(self, said: Said) -> int:
        if said.what == "thumb":
            body = said.body | {"helicone-id": said.id}
            return ask(self.client, said.organization, "/v1/feedback", body).status_code
        kind = "session" if said.what in ("tag", "opinion") else "request"
        last = "feedback" if said.what == "opinion" else said.what
        path = f"/v1/{kind}/{said.id}/{last}"
        method = "PUT" if said.what == "property" else "POST"
        answer = ask(self.client, said.organization, path, said.body, method=method)
        return answer.status_code


def learnt(sender: Sender, written: Written) -> None:
    """Take the ids that the server made and did not tell, and the bodies that are not compared."""
    for organization in ORGANIZATIONS:
        answer = ask(sender.client, organization, "/v1/request/query-clickhouse", ALL)
        shown = {row["request_created_at"]: row for row in answer.json()["data"]}
        own = {key: row for key, row in written.requests.items() if key[0] == organization}
        assert shown.keys() == {row["request_created_at"] for row in own.values()}
        for (_, id_), row in own.items():
            its = shown[row["request_created_at"]]
            sender.ids[id_] = its["request_id"]
            for name in ("request_body", "response_body"):
                if row[name] is None and its[name] is not None:
                    body = json.dumps(its[name], ensure_ascii=False, separators=(",", ":"))
                    row[name] = body.replace(its["request_id"], id_)


def replaced(text: str, names: Mapping[str, str]) -> str:
    for name, other in names.items():
        text = text.replace(name, other)
    return text


def canonical(text: str) -> str:
    """JSON, members of objects in the order of their names: properties have none."""
    return json.dumps(json.loads(text), sort_keys=True)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.long] * (seed > 0)) for seed in SIZES]
)
def test_what_is_sent_is_what_is_loaded(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same world every time
    number_before, number_after, number_said, number_asked = SIZES[seed]
    every = helicone_writes.calls(draw, number_before + number_after)
    before, after = every[:number_before], every[number_before:]
    base, written = Written(), Written()
    for call in before:
        base.write(call)
        written.write(call)
    for tag in (Said("tag", ORGANIZATIONS[0], "sess-0", {"tag": tag}) for tag in ("x", "gold")):
        base.write(tag)
        written.write(tag)
    with serving(tmp_path / "base", base) as client:
        sender = Sender(client, draw)
        trees = bodies(draw, [*base.requests.values()], mixed=True)
        asked = helicone_writes.questions(draw, trees)
        for event in helicone_writes.events(draw, before, after, number_said):
            if isinstance(event, Call) and event.has_id and draw.random() < 0.1:
                assert sender.send(event) == written.write(event)  # it is sent again
            assert sender.send(event) == written.write(event), event
            if draw.random() < 0.2:  # so that there are versions between
                path, body = next(asked)
                ask(client, ORGANIZATIONS[0], path, body)
        learnt(sender, written)
        rows = [*written.requests.items()]
        draw.shuffle(rows)
        written.requests = dict(rows)
        with serving(tmp_path / "whole", written) as other:
            compare(sender, other, draw, written, number_asked)


def compare(sender: Sender, other: TestClient, draw: Random, written: Written, number: int) -> None:
    back = {own: id_ for id_, own in sender.ids.items() if own != id_}
    mine = [row for row in written.requests.values() if row["organization_id"] == ORGANIZATIONS[0]]
    asked = helicone_writes.questions(draw, bodies(draw, mine, mixed=True))
    answers = set()
    for path, body in chain([("/v1/request/query-clickhouse", ALL)], islice(asked, number)):
        organization = ORGANIZATIONS[draw.random() < 0.2]
        method = "GET" if path.endswith("/tag") else "POST"
        translated = json.loads(replaced(json.dumps(body), sender.ids))
        found = ask(sender.client, organization, path, translated, method=method)
        expected = ask(other, organization, path, body, method=method)
        assert found.status_code == expected.status_code, (path, body, found.text)
        text = replaced(found.text, back)
        assert canonical(text) == canonical(expected.text), (path, body)
        answers.add(expected.text)
    assert len(answers) > number // 3
