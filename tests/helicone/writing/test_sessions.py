"""Tags and feedback of sessions over HTTP."""

from __future__ import annotations

from typing import Any

from tests.helicone.ingestion.logs import log
from tests.helicone.writing.conftest import KNOWN, SESSIONS, Server

OK = {"data": None, "error": None}
FEEDBACK = "Helicone-Session-Feedback"


def tagged(server: Server, tag: str, session: str = "known", key: str = "mine") -> None:
    answer = server.ask(f"/v1/session/{session}/tag", {"tag": tag}, key=key)
    assert (answer.status_code, answer.json()) == (200, OK)


def test_the_newest_tag_wins_whatever_the_times_of_others(server: Server) -> None:
    """One of the files is of the year 2100. A tag that a session has had before is new again."""
    path = "/v1/session/known/tag"
    assert server.data(path) == "late"
    for tag in ("a", "b", "a", "late", "b"):
        tagged(server, tag)
        assert server.data(path) == tag
    tagged(server, "theirs", key="theirs")
    assert server.data(path) == "b"
    assert server.data(path, key="theirs") == "theirs"


def test_a_session_is_found_by_every_tag_that_it_was_given(server: Server) -> None:
    def found(tag: str) -> list[str]:
        leaf = {"sessions_request_response_rmt": {"session_tag": {"equals": tag}}}
        rows = server.data("/v1/session/query", SESSIONS | {"filter": leaf})
        return [row["session_id"] for row in rows]

    assert found("vip") == []
    tagged(server, "vip")
    tagged(server, "vip", session="trip-1")
    assert found("vip") == ["known"]
    sent(server, 1, 1)
    assert found("vip") == ["trip-1", "known"]
    tagged(server, "other")
    assert found("vip") == ["trip-1", "known"]


def sent(server: Server, number: int, second: int, **answered: Any) -> str:
    id_ = f"6f1c000{number}-3a2b-4c5d-8e6f-7a8b9c0d1e2f"
    made = log(answered)
    for moment in made["timing"].values():
        moment["seconds"] += second
    headers = {"Helicone-Request-Id": id_, "Helicone-Session-Id": "trip-1"}
    assert server.ask("/custom/v1/log", made, headers=headers).text == "ok"
    return id_


def test_feedback_is_a_property_of_the_earliest_request(server: Server) -> None:
    """Of two at one time that of the least id."""
    ids = [sent(server, number, second) for number, second in ((1, 5), (3, 2), (2, 2), (4, 3))]
    for rating, value in ((True, "1"), (False, "0")):
        answer = server.ask("/v1/session/trip-1/feedback", {"rating": rating})
        assert (answer.status_code, answer.json()) == (200, OK)
        shown = server.requests()
        found = {id_: shown[id_]["properties"].get(FEEDBACK) for id_ in ids}
        assert found == dict.fromkeys(ids, None) | {ids[2]: value}
    names = [row["property"] for row in server.data("/v1/property/query", {})]
    assert FEEDBACK in names


def test_feedback_stays_with_a_request_that_is_logged_again(server: Server) -> None:
    id_ = sent(server, 1, 0)
    server.ask("/v1/session/trip-1/feedback", {"rating": True})
    sent(server, 1, 0, model="again")
    shown = server.requests()[id_]
    assert (shown["request_model"], shown["properties"][FEEDBACK]) == ("again", "1")


def test_feedback_of_a_session_of_the_files(server: Server) -> None:
    server.ask("/v1/session/known/feedback", {"rating": False})
    expected = {"Helicone-Session-Id": "known", "env": "prod", FEEDBACK: "0"}
    assert server.requests()[KNOWN]["properties"] == expected


def test_an_unknown_session_has_no_request(server: Server) -> None:
    sent(server, 1, 0)
    for session, key in (("nothing", "mine"), ("trip-1", "theirs")):
        answer = server.ask(f"/v1/session/{session}/feedback", {"rating": True}, key=key)
        error = {"data": None, "error": "No request found"}
        assert (answer.status_code, answer.json()) == (500, error)


def test_a_reader_is_refused_before_anything(server: Server) -> None:
    for what in ("tag", "feedback"):
        answer = server.ask(f"/v1/session/known/{what}", {}, key="reader")
        assert answer.status_code == 401
        assert answer.json()["error"] == "The key may only read"
