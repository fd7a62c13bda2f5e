"""Recipes: laid upon the base world, and refused field by field with file and line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DatasetError
from locum.generator import recipe_files
from locum.generator.recipe_parts import Outcomes
from locum.generator.recipes import Model
from locum.generator.trees import nodes
from locum.resources import bundled


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(f"description: mine\n{text}", encoding="utf-8")
    return str(path)


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
    assert recipe_files.merged(original, patch) == result


def test_a_recipe_says_only_what_is_special(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "runs: 7\nmodels:\n  gpt-4.1: {prompt: 1}\n  mine: {provider: OPENAI, "
        "prompt: 2, completion: 3, cache_read: 4}\n",
    )
    recipe = recipe_files.find(path)
    assert (recipe.name, recipe.description, recipe.runs, recipe.days) == ("mine", "mine", 7, 30)
    assert (recipe.models["gpt-4.1"].prompt, recipe.models["gpt-4.1"].completion) == (1, 8000)
    mine = Model(name="mine", provider="OPENAI", prompt=2, completion=3, cache_read=4)
    assert recipe.models["mine"] == mine


def test_the_recipe_of_the_readme_is_one(tmp_path: Path) -> None:
    readme = (bundled("fixtures") / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)
    recipe = recipe_files.find(written(tmp_path, text.removeprefix("description: A bad Tuesday\n")))
    (event,) = recipe.volume.events
    assert (recipe.runs, event.volume, event.outcomes) == (2000, 3, Outcomes(failed=0.5))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("runz: 7", 2, "runz: found an unknown field, expected one of name, description, seed,"),
        ("runs: 7.5", 2, "runs: found 7.5, expected an integer"),
        ("runs: true", 2, "runs: found True, expected an integer"),
        ("seed: -1", 2, "seed: found -1, expected an integer from 0 to 9223372036854775807"),
        ("seed: 9223372036854775808", 2, "expected an integer from 0 to 9223372036854775807"),
        ("runs: 100000001", 2, "found 100000001, expected an integer from 0 to 100000000"),
        (
            "other_threads: 100000000000",
            2,
            "found 100000000000, expected an integer from 0",
        ),
        ("projects:\n  support-bot: {share: 1.0e308}", 3, "support-bot.share: found 1e+308, expec"),
        ("tag_counts: [1, 1.0e308]", 2, "weights from 0 to 10000000000000, one of them above 0"),
        ("latency:\n  gap_us: {sigma: 101}", 3, "found 101, expected a number from 0 to 100"),
        ("latency:\n  gap_us: {least: 10000000000001}", 3, "an integer from 0 to 10000000000000"),
        ("days: 0", 2, "days: found 0, expected an integer from 1 to 3660"),
        ("now: 2026-06-30", 2, "now: found '2026-06-30', expected an ISO-8601 time with a zone"),
        ("now: 2026-06-30T12:00:00.5Z", 2, "expected whole seconds"),
        ("\nusage:\n  cached: 2", 4, "usage.cached: found 2, expected a number from 0 to 1"),
        ("outcomes: {failed: 0.7, pending: 0.7}", 2, "expected a sum of 1 at most"),
        ("volume:\n  hours: [1, 2]", 3, "volume.hours: found list, expected 24 weights"),
        ("volume: {events: [{hours: 1}]}", 2, "volume.events.0.hours_ago: found nothing, expected"),
        ("models: {gpt-4.1: null}", 1, "found 'gpt-4.1', expected one of claude-sonnet-4"),
        ("models:\n  x: {provider: ME, prompt: 1, completion: 1, cache_read: 1}", 3, "ANTHROPIC"),
        ("projects:\n  x: 5", 3, "projects.x: found 5, expected a map"),
        ("singles:\n  project: voice-notes", 3, "expected one of doc-tagger"),
        ("shapes:\n  tag: |\n    lmm tag", 3, "expected a type and a name in line 1"),
        ("shapes:\n  tag: |\n    tool tag", 3, "expected an llm run"),
        ("now: 1960-01-01T00:00:00Z", 2, "now: found '1960-01-01T00:00:00Z', expected an ISO"),
        ("now: 0001-01-01T00:00:00+20:00", 2, "expected an ISO"),
        ("latency:\n  own_us: {llm: {median: 1, sigma: 1}}", 3, "llm: found an unknown field"),
        ("model_errors:\n  200: {weight: 1, message: x}", 3, "an HTTP status from 400 to 599"),
        ("threads:\n  keys: {thread_id: 0, session_id: 0, conversation_id: 0}", 3, "above 0"),
        ("projects:\n  notes-app: {share: 0}", 2, "found no share of other above 0"),
        ("volume:\n  arrivals:\n    - 2020-01-01T00:00:00Z", 4, "a time in the 30 days before"),
        ("models:\n  gpt-4.1: {prompt: -1}", 3, "expected an integer from 0 to 1000000"),
        ("tags: []", 2, "tags: found list, expected one text at least"),
        ("projects:\n  notes-app:\n    talks: [[a, '{nobody}', c]]", 4, "other braces doubled"),
        ("claims: [{claim: a, select: SELECT 1, equal: 1}]", 2, "claims.0.equal: found an unknown"),
        ("claims: [{claim: a, select: SELECT 1}]", 2, "expected equals, at_least or at_most"),
        ("format: csv", 2, "format: found 'csv', expected one of jsonl, parquet"),
        ("now: [", 3, "line 3, column 1"),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DatasetError) as refused:
        recipe_files.find(path)
    assert words in str(refused.value)
    place = f"{path}: line {line}" if words.startswith("line") else f"{path}:{line}: "
    assert str(refused.value).startswith(place)
    assert "\n" not in str(refused.value)
    assert "fixtures/world.yaml" in refused.value.fix


def test_a_field_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'runs' twice"):
        recipe_files.find(written(tmp_path, "runs: 1\nruns: 2"))


def test_an_option_at_fault_is_told_without_a_line() -> None:
    with pytest.raises(DatasetError) as refused:
        recipe_files.find("tiny", {"runs": -1})
    assert str(refused.value) == "runs: found -1, expected an integer from 0 to 100000000"


def test_an_unknown_recipe_is_told_the_known_ones() -> None:
    with pytest.raises(DatasetError, match="neither a bundled name nor a file") as refused:
        recipe_files.find("no-such")
    assert "default" in refused.value.fix


def test_a_digest_tells_recipes_apart() -> None:
    digests = [recipe_files.digest(recipe_files.find(name)) for name in recipe_files.names()]
    digests.append(recipe_files.digest(recipe_files.find("tiny", {"seed": 1})))
    assert len(set(digests)) == len(digests)
    assert recipe_files.digest(recipe_files.find("tiny")) in digests


def test_a_shape_is_read_as_a_tree() -> None:
    """The second call stands in a chain of the root; the first always fails."""
    tree = "chain root\n  llm! try it\n  chain again\n    llm try it\n  tool end\n"
    found = nodes(tree)
    assert [node.parent for node in found] == [-1, 0, 0, 2, 0]
    assert [node.depth for node in found] == [0, 1, 1, 2, 1]
    assert [node.fails for node in found] == [False, True, False, False, False]
    assert found[3].path == "/root/again/try it"


@pytest.mark.parametrize(
    "tree",
    ["", "  llm indented", "llm a\nllm two roots", "chain a\n    llm deep", "chain a\n llm o"],
)
def test_what_is_no_tree_is_refused(tree: str) -> None:
    with pytest.raises(ValueError, match=r"llm|root|line"):
        nodes(tree)
