"""Recipes: laid upon the base world, and refused field by field with file and line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DatasetError
from locum.generator import recipe_loader
from locum.generator.recipe import Model, Outcomes
from locum.resources import bundled

FIELDS = (
    "name, description, world, seed, runs, days, now, format, committed, users, other_threads, "
    "volume, outcomes, singles, threads, late, examples, experiments, latency, usage, feedback, "
    "model_errors, models, shapes, projects, slots, tools, errors, tags, tag_counts, claims"
)
SHAPES = (
    "support-answer, support-order, support-small-talk, sql-query, sql-explain, voice-note, tag, "
    "evaluate, note, support-retry"
)
MODELS = "claude-sonnet-4, claude-3-5-haiku, gpt-4o-mini, o4-mini, gpt-4o-audio-preview"
TYPES = "chain, llm, tool, retriever, embedding, prompt, parser"
APPLICATIONS = "support-bot, sql-copilot, voice-notes, doc-tagger"
TEMPLATE = "a text with slots as {name} or {delivery[status]}, other braces doubled"
TALK = "projects:\n  notes-app:\n    talks: [{topic: t, questions: [q], answers: [%s]}]"
DELIVERY = "one of {delivery[status]}, {delivery[says]}"
TIME = "an ISO-8601 time with a zone, from 1990 to 2199, as 2026-06-30T12:00:00Z"


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(f"description: mine\n{text}", encoding="utf-8")
    return str(path)


def refused(path: str) -> DatasetError:
    with pytest.raises(DatasetError) as refusal:
        recipe_loader.find(path)
    return refusal.value


# The test cases of RFC 7396, appendix A: original, patch, result.
MERGES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("original", "patch", "result"), MERGES)
def test_a_recipe_is_a_merge_patch(original: Any, patch: Any, result: Any) -> None:
    assert recipe_loader.merged(original, patch) == result


def test_a_recipe_says_only_what_is_special(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "runs: 7\nmodels:\n  gpt-4.1: {prompt: 1}\n  mine: {provider: OPENAI, "
        "prompt: 2, completion: 3, cache_read: 4}\n",
    )
    recipe = recipe_loader.find(path)
    assert (recipe.name, recipe.description, recipe.runs, recipe.days) == ("mine", "mine", 7, 30)
    assert (recipe.models["gpt-4.1"].prompt, recipe.models["gpt-4.1"].completion) == (1, 8000)
    mine = Model(name="mine", provider="OPENAI", prompt=2, completion=3, cache_read=4)
    assert recipe.models["mine"] == mine


def test_the_world_is_the_bundled_one_unless_the_recipe_says_otherwise(tmp_path: Path) -> None:
    assert {recipe_loader.find(name).world for name in recipe_loader.names()} == {"default"}
    assert recipe_loader.find(written(tmp_path, "")).world == "default"
    assert recipe_loader.find(written(tmp_path, "world: mine\nname: other")).world == "mine"


def test_a_recipe_may_have_no_experiments(tmp_path: Path) -> None:
    """Its own are gone too, and the applications are those of the base world."""
    own = "  own: {description: d, experiment: true, shapes: {evaluate: 1}, models: {gpt-4.1: 1}}"
    recipe = recipe_loader.find(written(tmp_path, f"experiments: false\nprojects:\n{own}"))
    assert list(recipe.projects) == [*APPLICATIONS.split(", "), "notes-app"]


def test_an_unknown_slot_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    refusal = refused(written(tmp_path, TALK % "'{compny}'"))
    assert "mine.yaml:4: projects.notes-app.talks.0.answers.0: found {compny}, expected one of" in (
        str(refusal)
    )
    assert str(refusal).endswith("did you mean company?")


def test_the_recipe_of_the_readme_is_one(tmp_path: Path) -> None:
    readme = (bundled("fixtures") / "README.md").read_text(encoding="utf-8")
    text, said = re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)
    path = written(tmp_path, text.removeprefix("description: A bad Tuesday\n"))
    recipe = recipe_loader.find(path)
    (event,) = recipe.volume.events
    assert (recipe.runs, event.volume, event.outcomes) == (2000, 3, Outcomes(failed=0.5))
    spoken = recipe_loader.find(written(tmp_path, said))
    assert [talk.topic for talk in spoken.projects["notes-app"].talks] == ["tickets"]
    assert spoken.slots["seats"].choices == range(2, 10)


# The recipe below its description; the line, the place, what is found and what is expected.
FAULTS = [
    # Fields that there are not, that are missing, and that null takes away.
    (
        "runz: 7",
        2,
        "runz",
        "an unknown field",
        f"one of {FIELDS}; did you mean runs?",
    ),
    (
        "late:\n  hour: 1",
        3,
        "late.hour",
        "an unknown field",
        "one of share, hours; did you mean hours?",
    ),
    (
        "latency:\n  own_us: {llm: {median: 1, sigma: 1}}",
        3,
        "latency.own_us.llm",
        "an unknown field",
        "one of chain, retriever, tool, embedding, prompt, parser",
    ),
    (
        "claims: [{claim: a, select: SELECT 1, equal: 1}]",
        2,
        "claims.0.equal",
        "an unknown field",
        "one of claim, select, equals, at_least, at_most; did you mean equals?",
    ),
    (
        "volume: {events: [{hours: 1}]}",
        2,
        "volume.events.0.hours_ago",
        "nothing",
        "an integer from 1 to 87840",
    ),
    ("users: null", 2, "users", "nothing", "an integer from 1 to 500"),
    ("threads: null", 2, "threads", "nothing", "a map"),
    (
        "\nmodels:\n  x: {provider: OPENAI, prompt: 1, cache_read: 1}",
        4,
        "models.x.completion",
        "nothing",
        "an integer from 0 to 1000000",
    ),
    (
        "models:\n  gpt-4.1: {prompt_tokens: {sigma: 1}}",
        3,
        "models.gpt-4.1.prompt_tokens.median",
        "nothing",
        "a number from 0 to 10000000000000",
    ),
    (
        "volume: {events: [{hours_ago: 1, hours: 1, volume: null}]}",
        2,
        "volume.events.0.volume",
        "None",
        "a number from 0 to 10000000000000",
    ),
    ("runs: [null]", 2, "runs", "[None]", "an integer from 0 to 100000000"),
    # Other types.
    ("runs: 7.5", 2, "runs", "7.5", "an integer from 0 to 100000000"),
    ("runs: true", 2, "runs", "True", "an integer from 0 to 100000000"),
    ("runs: '7'", 2, "runs", "'7'", "an integer from 0 to 100000000"),
    ("late: {share: true}", 2, "late.share", "True", "a number from 0 to 1"),
    ("committed: yes", 2, "committed", "'yes'", "true or false"),
    ("committed: 1", 2, "committed", "1", "true or false"),
    ("projects:\n  x: 5", 3, "projects.x", "5", "a map"),
    ("models: [a]", 2, "models", "['a']", "a map"),
    ("volume:\n  events: {a: 1}", 3, "volume.events", "{'a': 1}", "a list"),
    ("projects:\n  notes-app: {system: 1}", 3, "projects.notes-app.system", "1", "a text"),
    ("experiments: true", 2, "experiments", "True", "a map, or false"),
    ("experiments: 0", 2, "experiments", "0", "a map, or false"),
    ("experiments: null", 2, "experiments", "nothing", "a map, or false"),
    (
        "projects:\n  doc-tagger: {ran: false}",
        3,
        "projects.doc-tagger.ran",
        "False",
        "true, as it is no experiment (share: 0 leaves it without runs)",
    ),
    # Lists and maps of a kind.
    ("tags: []", 2, "tags", "[]", "one text at least"),
    ("tags: [a, 5]", 2, "tags.1", "5", "a text"),
    ("feedback: {comments: []}", 2, "feedback.comments", "[]", "a map"),
    (
        "feedback: {comments: {liked: []}}",
        2,
        "feedback.comments.liked",
        "[]",
        "one text at least",
    ),
    ("tag_counts: []", 2, "tag_counts", "[]", "a list of weights, one of them above 0"),
    (
        "experiments: {times: [0, 0.0]}",
        2,
        "experiments.times",
        "[0, 0.0]",
        "a list of weights, one of them above 0",
    ),
    (
        "projects:\n  notes-app: {turns: [0]}",
        3,
        "projects.notes-app.turns",
        "[0]",
        "a list of weights, one of them above 0",
    ),
    ("tag_counts: [1, 1.0e308]", 2, "tag_counts.1", "1e+308", "a number from 0 to 10000000000000"),
    ("volume:\n  hours: [1, 2]", 3, "volume.hours", "[1, 2]", "24 weights, one of them above 0"),
    (
        f"volume:\n  weekdays: {[0] * 7}",
        3,
        "volume.weekdays",
        "[0, 0, 0, 0, 0, 0, 0]",
        "7 weights, one of them above 0",
    ),
    (
        "projects:\n  notes-app: {shapes: {note: 0}}",
        3,
        "projects.notes-app.shapes",
        "{'note': 0}",
        "a map of weights, one of them above 0",
    ),
    (
        "projects:\n  notes-app: {models: {gpt-4o-mini: null}}",
        3,
        "projects.notes-app.models",
        "{}",
        "a map of weights, one of them above 0",
    ),
    (
        "projects:\n  notes-app: {shapes: {note: -1}}",
        3,
        "projects.notes-app.shapes.note",
        "-1",
        "a number from 0 to 10000000000000",
    ),
    (
        "threads:\n  keys: {thread_id: 0, session_id: 0, conversation_id: 0}",
        3,
        "threads.keys",
        "{'conversation_id': 0, 'session_id': 0, 'thread_id': 0}",
        "a map of weights, one of them above 0",
    ),
    (
        "model_errors: {429: {weight: 0}, 500: null, 529: null, 400: null, 408: null}",
        2,
        "model_errors",
        "{'429': {'message': 'RateLimitError(\"Error code: 429 - Rate ",
        "a map of errors by HTTP status, one with a weight above 0",
    ),
    (
        "model_errors:\n  200: {weight: 1, message: x}",
        3,
        "model_errors.200",
        "'200'",
        "an HTTP status from 400 to 599",
    ),
    (
        "model_errors:\n  '4290': {weight: 1, message: x}",
        3,
        "model_errors.4290",
        "'4290'",
        "an HTTP status from 400 to 599",
    ),
    (
        "claims: [{claim: a, select: SELECT 1}]",
        2,
        "claims.0",
        "{'claim': 'a', 'select': 'SELECT 1'}",
        "a claim with equals, at_least or at_most",
    ),
    (
        "projects:\n  notes-app:\n    talks: [{topic: t, questions: [q]}]",
        4,
        "projects.notes-app.talks.0.answers",
        "nothing",
        "one text at least",
    ),
    (
        "projects:\n  notes-app:\n    talks: [{topic: t, questions: [], answers: [a]}]",
        4,
        "projects.notes-app.talks.0.questions",
        "[]",
        "one text at least",
    ),
    (TALK % "'{nobody'", 4, "projects.notes-app.talks.0.answers.0", "'{nobody'", TEMPLATE),
    (TALK % "'{name.x}'", 4, "projects.notes-app.talks.0.answers.0", "'{name.x}'", TEMPLATE),
    (
        "errors: {llm: [a]}",
        2,
        "errors.llm",
        "an unknown field",
        "one of tool, retriever, embedding, prompt, parser, chain",
    ),
    (
        "tools: {find: {args: {}}}",
        2,
        "tools.find.result",
        "nothing",
        "a map",
    ),
    # Slots.
    ("slots: {none: {texts: []}}", 2, "slots.none", "nothing", "texts, maps, or least and most"),
    (
        "slots: {a: {texts: ['{b}']}, b: {texts: ['{a}']}}",
        2,
        "slots.a",
        "{a} in its own texts",
        "texts that do not lead back",
    ),
    (TALK % "'{delivery}'", 4, "projects.notes-app.talks.0.answers.0", "{delivery}", DELIVERY),
    (
        TALK % "'{delivery[when]}'",
        4,
        "projects.notes-app.talks.0.answers.0",
        "{delivery}",
        DELIVERY,
    ),
    # Names and choices.
    ("name: a b", 2, "name", "'a b'", "letters, digits, - and _"),
    ("name: -a", 2, "name", "'-a'", "letters, digits, - and _"),
    ("world: a b", 2, "world", "'a b'", "letters, digits, - and _"),
    ("world: null", 2, "world", "nothing", "letters, digits, - and _"),
    ('name: "a\\n"', 2, "name", "'a\\n'", "letters, digits, - and _"),
    ("format: csv", 2, "format", "'csv'", "one of jsonl, parquet"),
    (
        "models:\n  x: {provider: ME, prompt: 1, completion: 1, cache_read: 1}",
        3,
        "models.x.provider",
        "'ME'",
        "one of ANTHROPIC, OPENAI, GOOGLE",
    ),
    (
        "projects:\n  notes-app: {tenant: me}",
        3,
        "projects.notes-app.tenant",
        "'me'",
        "one of demo, other",
    ),
    # Times.
    ("now: 2026-06-30", 2, "now", "'2026-06-30'", TIME),
    ("now: 2026-06-30T12:00:00", 2, "now", "'2026-06-30T12:00:00'", TIME),
    ("now: 2026-06-31T12:00:00Z", 2, "now", "'2026-06-31T12:00:00Z'", TIME),
    ("now: 1989-12-31T23:59:59Z", 2, "now", "'1989-12-31T23:59:59Z'", TIME),
    ("now: 2200-01-01T00:00:00Z", 2, "now", "'2200-01-01T00:00:00Z'", TIME),
    ("now: 0001-01-01T00:00:00+20:00", 2, "now", "'0001-01-01T00:00:00+20:00'", TIME),
    ("now: 5", 2, "now", "5", TIME),
    ("now: 2026-06-30T12:00:00.5Z", 2, "now", "'2026-06-30T12:00:00.5Z'", "whole seconds"),
    (
        "volume:\n  arrivals: [2026-02-29T00:00:00Z]",
        3,
        "volume.arrivals.0",
        "'2026-02-29T00:00:00Z'",
        TIME,
    ),
    (
        "volume:\n  arrivals:\n    - 2026-05-31T12:00:00Z\n    - 2026-05-31T11:59:59Z",
        5,
        "volume.arrivals.1",
        "'2026-05-31T11:59:59Z'",
        "a time in the 30 days before 2026-06-30T12:00:00Z",
    ),
    (
        "volume:\n  arrivals: [2026-06-30T12:00:00Z, 2026-06-30T12:00:01Z]",
        3,
        "volume.arrivals.1",
        "'2026-06-30T12:00:01Z'",
        "a time in the 30 days before 2026-06-30T12:00:00Z",
    ),
    # Sums.
    ("outcomes: {failed: 0.7, pending: 0.7}", 2, "outcomes", "a sum of 1.42", "a sum of 1 at most"),
    (
        "volume:\n  events: [{hours_ago: 1, hours: 1, outcomes: {failed: 1, recovered: 0.01}}]",
        3,
        "volume.events.0.outcomes",
        "a sum of 1.01",
        "a sum of 1 at most",
    ),
    ("projects:\n  notes-app: {share: 0}", 2, "projects", "no share of other above 0", "one"),
    (
        f"projects: {{{', '.join(f'{name}: {{share: 0}}' for name in APPLICATIONS.split(', '))}}}",
        2,
        "projects",
        "no share of demo above 0",
        "one",
    ),
    # Shapes.
    (
        "shapes:\n  tag: |\n    lmm tag",
        3,
        "shapes.tag",
        "'lmm tag'",
        f"a type and a name in line 1, of {TYPES}",
    ),
    ("shapes:\n  tag: |\n    tool tag", 3, "shapes.tag", "'tool tag'", "an llm run"),
    ("shapes:\n  tag: ''", 3, "shapes.tag", "''", "an llm run"),
    (
        "shapes:\n  tag: |\n    chain a\n     llm b",
        3,
        "shapes.tag",
        "'chain a\\n llm b'",
        "one root, and line 2 two spaces below its parent",
    ),
    (
        "shapes:\n  tag: |\n    llm a\n    llm b",
        3,
        "shapes.tag",
        "'llm a\\nllm b'",
        "one root, and line 2 two spaces below its parent",
    ),
    # What refers to another part.
    (
        "models: {gpt-4.1: null}",
        1,
        "projects.sql-copilot.models.gpt-4.1",
        "'gpt-4.1'",
        f"one of {MODELS}, gemini-2.5-flash",
    ),
    (
        "projects:\n  notes-app:\n    shapes: {notes: 1}",
        4,
        "projects.notes-app.shapes.notes",
        "'notes'",
        f"one of {SHAPES}; did you mean note?",
    ),
    (
        "projects:\n  notes-app: {talks: []}",
        3,
        "projects.notes-app.talks",
        "[]",
        "a list of talks, one at least",
    ),
    (
        "projects:\n  notes-app: {talks: null}",
        3,
        "projects.notes-app.talks",
        "nothing",
        "a list of talks, one at least",
    ),
    (
        "examples:\n  shared: {project: notes-app}",
        3,
        "examples.shared.project",
        "'notes-app'",
        f"one of {APPLICATIONS}",
    ),
    (
        "examples:\n  private: {project: sql-questions-sonnet}",
        3,
        "examples.private.project",
        "'sql-questions-sonnet'",
        f"one of {APPLICATIONS}",
    ),
    (
        "singles:\n  project: voice-notes",
        3,
        "singles.project",
        "'voice-notes'",
        "one of doc-tagger",
    ),
    # The first of two: what is unknown may be what is missing.
    (
        "threads:\n  longest_pause_ms: null\n  longest_pause: 1",
        4,
        "threads.longest_pause",
        "an unknown field",
        "one of keys, pause_ms, longest_pause_ms; did you mean longest_pause_ms?",
    ),
]


@pytest.mark.parametrize(("text", "line", "place", "found", "expected"), FAULTS)
def test_a_fault_is_told_with_file_line_and_field(
    tmp_path: Path, text: str, line: int, place: str, found: str, expected: str
) -> None:
    path = written(tmp_path, text)
    error = refused(path)
    assert str(error) == f"{path}:{line}: {place}: found {found}, expected {expected}"
    world, _, told = error.fix.partition(" ")
    assert Path(world).samefile(bundled("fixtures") / "world.yaml")
    assert Path(world).is_absolute()
    assert told == "has every field, with what it means"


def test_a_mistyped_field_is_told_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("descriptoin: mine\n", encoding="utf-8")
    assert str(refused(str(path))).endswith(", claims; did you mean description?")
    text = "outcomes: {faild: 0.1}"
    expected = "one of failed, recovered, pending; did you mean failed?"
    assert str(refused(written(tmp_path, text))).endswith(expected)


def test_a_mistyped_name_is_told_the_nearest() -> None:
    told = "no recipe 'tinny': neither a bundled name nor a file; did you mean tiny?"
    assert str(refused("tinny")) == told


# A field, the least and the most that it may be, and what is a step beyond.
BOUNDS: list[tuple[str, float, float, float]] = [
    ("seed: {}", 0, 9223372036854775807, 1),
    ("runs: {}", 0, 100000000, 1),
    ("days: {}", 1, 3660, 1),
    ("users: {}", 1, 500, 1),
    ("other_threads: {}", 0, 1000000, 1),
    ("threads: {{longest_pause_ms: {}}}", 0, 10000000000000, 1),
    ("latency: {{gap_us: {{least: {}}}}}", 0, 10000000000000, 1),
    ("latency: {{gap_us: {{median: {}}}}}", 0, 10000000000000, 0.5),
    ("latency: {{gap_us: {{sigma: {}}}}}", 0, 100, 0.5),
    ("usage: {{cached: {}}}", 0, 1, 0.01),
    ("usage: {{growth_per_turn: {}}}", 0, 10000000000000, 0.5),
    ("feedback: {{commented: {}}}", 0.001, 1, 0.001),
    ("outcomes: {{failed: {}, recovered: 0, pending: 0}}", 0, 1, 0.01),
    ("examples: {{private: {{count: {}}}}}", 0, 1000000, 1),
    ("model_errors: {{429: {{weight: {}}}}}", 0, 10000000000000, 0.5),
    ("models: {{gpt-4.1: {{prompt: {}}}}}", 0, 1000000, 1),
    ("models: {{gpt-4.1: {{audio_prompt: {}}}}}", 0, 1000000, 1),
    ("projects: {{support-bot: {{share: {}}}}}", 0, 10000000000000, 0.5),
    ("projects: {{support-bot: {{threaded: {}}}}}", 0, 1, 0.01),
    ("projects: {{support-bot: {{models: {{gpt-4.1: {}}}}}}}", 0, 10000000000000, 0.5),
    ("volume: {{events: [{{hours_ago: {}, hours: 1}}]}}", 1, 87840, 1),
    ("volume: {{events: [{{hours_ago: 1, hours: {}}}]}}", 1, 87840, 1),
    ("volume: {{events: [{{hours_ago: 1, hours: 1, volume: {}}}]}}", 0, 10000000000000, 0.5),
    ("tag_counts: [1, {}]", 0, 10000000000000, 0.5),
]


@pytest.mark.parametrize(("text", "least", "most", "step"), BOUNDS)
def test_a_number_is_refused_just_outside_its_range(
    tmp_path: Path, text: str, least: float, most: float, step: float
) -> None:
    for value in (least, most):
        recipe_loader.find(written(tmp_path, text.format(value)))
    for value in (least - step, most + step):
        assert f"found {value}, expected a" in str(refused(written(tmp_path, text.format(value))))


def test_a_whole_number_may_be_written_with_a_fraction(tmp_path: Path) -> None:
    """7.0 and 1e3 are integers in JSON Schema, and integers for the generator."""
    recipe = recipe_loader.find(written(tmp_path, "runs: 1e3\nseed: 7.0"))
    assert [repr(recipe.runs), repr(recipe.seed)] == ["1000", "7"]


def test_what_may_be_left_out_may_be_taken_away(tmp_path: Path) -> None:
    recipe = recipe_loader.find(
        written(
            tmp_path,
            "outcomes: {recovered: null}\nprojects: {support-bot: {turns: null, system: null}}\n"
            "threads: {pause_ms: {least: null}}\nclaims: null",
        )
    )
    assert recipe.outcomes.recovered == 0
    assert (recipe.projects["support-bot"].turns, recipe.projects["support-bot"].system) == (
        (1.0,),
        "",
    )
    assert (recipe.threads.pause_ms.least, recipe.claims) == (0, ())


def test_the_name_is_the_files_unless_it_is_given(tmp_path: Path) -> None:
    assert recipe_loader.find(written(tmp_path, "name: other")).name == "other"
    path = tmp_path / "not a name.yaml"
    path.write_text("description: mine", encoding="utf-8")
    told = f"{path}:1: name: found 'not a name', expected letters, digits, - and _"
    assert str(refused(str(path))) == told


def test_a_recipe_must_say_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("runs: 7", encoding="utf-8")
    assert str(refused(str(path))) == f"{path}:1: description: found nothing, expected a text"


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "now: [")
    assert str(refused(path)).startswith(f"{path}: line 3, column 1")


def test_a_field_given_twice_is_refused(tmp_path: Path) -> None:
    assert "'runs' twice" in str(refused(written(tmp_path, "runs: 1\nruns: 2")))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"runs": -1}, "runs: found -1, expected an integer from 0 to 100000000"),
        ({"now": "never"}, f"now: found 'never', expected {TIME}"),
        # A byte 255 on the command line.
        ({"now": "\udcff"}, rf"now: found '\\udcff', expected {TIME}"),
    ],
)
def test_an_option_at_fault_is_told_without_a_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(DatasetError) as refusal:
        recipe_loader.find("tiny", changes)
    assert str(refusal.value) == told


def test_an_unknown_recipe_is_told_the_known_ones() -> None:
    with pytest.raises(DatasetError, match="neither a bundled name nor a file") as refusal:
        recipe_loader.find("no-such")
    assert "default" in refusal.value.fix


def test_a_digest_tells_recipes_apart() -> None:
    digests = [recipe_loader.digest(recipe_loader.find(name)) for name in recipe_loader.names()]
    digests.append(recipe_loader.digest(recipe_loader.find("tiny", {"seed": 1})))
    assert len(set(digests)) == len(digests)
    assert recipe_loader.digest(recipe_loader.find("tiny")) in digests
