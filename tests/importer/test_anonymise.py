"""An anonymised import says nothing of what the original said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locum.cli.main import main
from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
)
from locum.importer.anonymise import Anonymiser
from locum.provider import Vocabulary
from tests.conftest import KEY
from tests.oracles.bare_rows import rows_of
from tests.oracles.exported import (
    FEEDBACK,
    ID,
    REQUEST,
    RUN,
    SECRET,
    imported,
    lines,
    plain_and_hidden,
    stand_in,
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """`plain_and_hidden`."""
    return plain_and_hidden(tmp_path_factory.mktemp("exports"))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


# What stays by design: columns of words, models, countries and times, and these names.
PLAIN_COLUMNS = {
    *("run_type", "status", "start_time", "end_time", "first_token_time", "provider", "model"),
    *("country_code", "request_created_at", "response_created_at", "created_at", "modified_at"),
    *("prompt_token_details", "completion_token_details"),
    *("prompt_cost_details_nano", "completion_cost_details_nano", "access"),
}
PLAIN_NAMES = {
    *("thread_id", "session_id", "conversation_id", "ls_provider", "ls_model_name", "model"),
    *("Helicone-Session-Id", "Helicone-Session-Name", "Helicone-Session-Path", "type", "api"),
    *("app", "helicone-score-feedback", "00000000-0000-0000-0000-000000000000", "", KEY),
}


def values(folder: Path) -> Iterator[Any]:
    """The values of the columns in which texts are replaced."""
    for file in folder.rglob("*.jsonl"):
        for line in file.read_bytes().splitlines():
            yield from (v for column, v in json.loads(line).items() if column not in PLAIN_COLUMNS)


def test_no_text_of_the_original_is_left(folders: tuple[Path, Path]) -> None:
    """Long texts are not even part of another; words such as `name` are part of columns' names."""
    models = {
        text
        for run in rows_of(folders[0])("langsmith/runs")
        for name, text in run["metadata"].items()
        if name in ("ls_provider", "ls_model_name", "model")
    }
    said = {text for value in values(folders[0]) for text in texts(value)}
    # The first token is an event too; its time stays in a column of its own.
    times = {run.get("first_token_time") for run in rows_of(folders[0])("langsmith/runs")}
    said -= PLAIN_NAMES | models | times
    assert len(said) > 600
    assert said & {text for value in values(folders[1]) for text in texts(value)} == set()
    written = b"".join(path.read_bytes() for path in folders[1].rglob("*.json*"))
    assert [text for text in said if len(text) > 9 and text.encode() in written] == []


def test_every_field_that_may_hold_a_text_is_replaced(tmp_path: Path) -> None:
    """A marked text in all fields, names included; numbers that name somebody too."""
    said = {"Zorro": ["Zorro", {"Zorro": "Zorro"}], "number": 41_112_223_334, "fraction": 41.11}
    metadata = said | {
        "user_id": 41_112_223_334,
        "customerID": 41.11,
        "temperature": 0.7,
        "ok": True,
    }
    run = RUN | {
        "name": "Zorro",
        "session_name": "Zorro",
        "error": "Zorro",
        "tags": ["Zorro"],
        "extra": {"metadata": metadata | {"number": 1, "fraction": 2}, "Zorro": "Zorro"},
        "inputs": said,
        "outputs": said,
        "prompt_token_details": {"Zorro": 1, "cache_read": 2},
        "Zorro": "Zorro",
    }
    feedback = FEEDBACK | {
        "run_id": RUN["id"],
        "key": "Zorro",
        "value": "Zorro",
        "comment": "Zorro",
        "correction": said,
        "feedback_source": {"type": "Zorro", "user_id": "Zorro"},
    }
    request = REQUEST | {
        "request_user_id": "Zorro",
        "properties": {"Zorro": "Zorro", "Helicone-Session-Name": "Zorro"},
        "scores": {"Zorro": 1},
        "request_body": said,
        "response_body": "Zorro",
        "target_url": "https://zorro.example/Zorro",
        "prompt_id": "Zorro",
        "prompt_version": "Zorro",
        "request_referrer": "Zorro",
    }
    out = tmp_path / "out"
    read = imported(out, lines(tmp_path / "f", [run, feedback, request]), "--anonymise")
    written = b"".join(path.read_bytes() for path in out.rglob("*.json*"))
    assert b"orro" not in written
    assert b"41112223334" not in written
    assert b"41.11" not in written
    (hidden,) = read("langsmith/runs")
    assert {1, 2, 0.7} <= {v for v in hidden["metadata"].values() if not isinstance(v, list)}
    assert hidden["prompt_token_details"]["cache_read"] == 2


def test_the_secret_decides(tmp_path: Path) -> None:
    """Without one, two imports have nothing in common."""
    file = lines(tmp_path / "runs", [RUN])
    names = []
    for number, secret in enumerate(("a", "a", "b", None, None)):
        given = ("--secret", secret) if secret else ()
        read = imported(tmp_path / str(number), file, "--anonymise", *given)
        names.append(read("langsmith/runs")[0]["name"])
    assert names[0] == names[1]
    assert len(set(names)) == 4


def test_kept_names_keep_their_values(tmp_path: Path) -> None:
    run = RUN | {"extra": {"metadata": {"env": "prod", "owner": {"env": "prod", "who": "me"}}}}
    feedback = [FEEDBACK | {"id": ID.format(n), "key": key} for n, key in enumerate(("env", "x"))]
    request = REQUEST | {"properties": {"env": "prod"}, "scores": {"env": 1}}
    file = lines(tmp_path / "f", [run, *feedback, request])
    flags = ("--anonymise", "--secret", SECRET, "--keep", "env")
    read = imported(tmp_path / "out", file, *flags)
    (hidden,) = read("langsmith/runs")
    assert hidden["metadata"] == {
        "env": "prod",
        stand_in("owner"): {"env": "prod", stand_in("who"): stand_in("me")},
    }
    assert [row["key"] for row in read("langsmith/feedback")] == ["env", stand_in("x")]
    (sent,) = read("helicone/requests")
    assert (sent["properties"], sent["scores"]) == ({"env": "prod"}, {"env": 1})


def test_the_environment_may_hold_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUM_SECRET", SECRET)
    file = lines(tmp_path / "f", [RUN])
    assert main(["fixtures", "import", file, "--out", str(tmp_path / "o"), "--anonymise"]) == 0
    assert rows_of(tmp_path / "o")("langsmith/runs")[0]["name"] == stand_in(RUN["name"])


COLUMNS = {
    "acme/boxes": {
        "id": TEXT,
        "kind": TEXT,
        "label": TEXT,
        "tags": TEXTS,
        "size": INTEGER,
        "open": BOOLEAN,
        "made_at": TIME,
        "said": JSON,
        "letter": TEXT,
        "notes": JSON,
        "properties": TEXT_MAP,
        "amounts": INTEGER_MAP,
    }
}
WORDS = Vocabulary(
    columns={"acme/boxes": ("kind",)},
    contents={"acme/boxes": ("said", "letter")},
    labels={"acme/boxes": ("label",)},
    names=("owner",),
    named_values=("maker",),
    values={"state": ("new", "used")},
    categories=("paper",),
    texts=("none",),
)
ROW = {
    "id": "x",
    "kind": "round",
    "label": "gift",
    "tags": ["x", ""],
    "size": 5,
    "open": False,
    "made_at": "2026-01-01T00:00:00Z",
    "said": {"owner": ["x", True, None]},
    "letter": '{"owner": "none"}',
    "notes": {"owner": "x", "maker": "ACME", "state": "new", "other": "new", "n": 7},
    "properties": {"owner": "x", "who": "none"},
    "amounts": {"paper": 1, "x": 2},
    "no column": "x",
}


def test_what_a_vocabulary_does_not_leave_is_replaced() -> None:
    x, owner = stand_in("x"), stand_in("owner")
    assert Anonymiser(SECRET.encode(), COLUMNS, [WORDS]).row("acme/boxes", ROW) == {
        "id": x,
        "kind": "round",
        "label": stand_in("gift"),
        "tags": [x, ""],
        "size": 5,
        "open": False,
        "made_at": "2026-01-01T00:00:00Z",
        "said": {owner: [x, True, None]},
        "letter": f'{{"{owner}":"none"}}',
        "notes": {
            "owner": x,
            "maker": "ACME",
            stand_in("state"): "new",
            stand_in("other"): stand_in("new"),
            stand_in("n"): 7,
        },
        "properties": {"owner": x, stand_in("who"): "none"},
        "amounts": {"paper": 1, x: 2},
    }


def test_columns_that_mean_nothing_then_are_left_out() -> None:
    words = Vocabulary(left_out={"acme/boxes": ("said", "letter"), "acme/others": ("id",)})
    row = Anonymiser(SECRET.encode(), COLUMNS, [WORDS, words]).row("acme/boxes", ROW)
    assert {"said", "letter"}.isdisjoint(row)
    assert row["id"] == stand_in("x")


def test_what_one_vendor_leaves_stays_in_all_tables() -> None:
    others = Vocabulary(names=("who",), texts=("x",), categories=("x",))
    row = Anonymiser(SECRET.encode(), COLUMNS, [WORDS, others]).row("acme/boxes", ROW)
    assert row["id"] == "x"
    assert row["properties"] == {"owner": "x", "who": "none"}
    assert row["amounts"] == {"paper": 1, "x": 2}


def test_kept_names_are_labels_too() -> None:
    row = Anonymiser(SECRET.encode(), COLUMNS, [WORDS], ["gift", "other"]).row("acme/boxes", ROW)
    assert row["label"] == "gift"
    assert row["notes"]["other"] == "new"


@pytest.mark.parametrize("number", [5, 5.5])
def test_a_number_of_what_was_said_tells_nothing(number: float) -> None:
    """Another one of its type, the same for the same."""
    hidden = Anonymiser(SECRET.encode(), COLUMNS, [WORDS])
    found = hidden.row("acme/boxes", {"said": [number, number]})["said"]
    assert found[0] == found[1] != number
    assert type(found[0]) is type(number)


def test_a_text_that_reads_like_json_goes_on_to_begin_like_it() -> None:
    hidden = Anonymiser(SECRET.encode(), COLUMNS, [])
    begins = [hidden.text(text).partition("anon-")[0] for text in ("{x", "[x", "x", "(x")]
    assert begins == ["{", "[", "", ""]
