"""Answers of a started server, drawn by a seed over all operations that its document has.

A request is the operation's example and its required parameters, with ids of the rows that are
served; all but the first of each operation have some optional parameters and fields too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx
from attrs import frozen

from tests.oracles.fixture_rows import DEMO, THREAD_KEYS, Tables

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
HEADERS = {"X-API-Key": "locum-demo-key", "Authorization": "Bearer locum-demo-key"}
MOST_TRIED = 20  # requests of an operation that is never answered
SANDBOXES = 300  # that requests which write are asked in, so that others find what they name
FILTERS = (
    'eq(run_type, "llm")',
    'neq(status, "error")',
    "gt(latency, 1)",
    "and(eq(is_root, true), gt(total_tokens, 10))",
)
TIMES = ("2026-06-01T00:00:00Z", "2026-06-29T12:30:00.5Z", "2026-07-01T00:00:00+00:00")
# What a run tells of itself, by the names of parameters.
OF_RUN = {"run_id": "id", "trace_id": "trace_id", "project_id": "session_id"}
_NOTHING = object()


@frozen(eq=False)
class Operation:
    """An operation as the document for clients has it."""

    method: str
    path: str
    definition: Json

    @property
    def shape(self) -> str:
        """Method and path without the names in braces, by which generated code is found again."""
        return shape(self.method, self.path)

    @property
    def name(self) -> str:
        """By which a provider knows the operation."""
        return self.definition.get("operationId") or f"{self.method.upper()} {self.path}"

    @property
    def example(self) -> Any:
        """The example of the body, None where it takes none, or no JSON."""
        content = self.definition.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    @property
    def is_typed(self) -> bool:
        """Whether the document says what JSON it answers with 200."""
        content = self.definition["responses"].get("200", {}).get("content", {})
        return bool(content.get("application/json", {}).get("schema"))


@frozen
class Live:
    """An answer, and the operation that was asked."""

    operation: Operation
    request: httpx.Request
    body: Any


def shape(method: str, path: str) -> str:
    parts = ["{}" if "{" in part else part for part in path.split("/")]
    return f"{method.upper()} {'/'.join(parts)}"


def operations(document: Json) -> list[Operation]:
    return [
        Operation(method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


class Drawn:
    """Requests for a document's operations, about the rows of one dataset's demo tenant."""

    def __init__(self, document: Json, tables: Tables, chance: random.Random) -> None:
        self._schemas = document.get("components", {}).get("schemas", {})
        self._ids = ids_of(tables)
        self._runs = {run["id"]: run for run in tables["langsmith/runs"]}
        self._chance = chance
        self._run: Json = {}  # that the request is about
        self._count = 0

    def knows(self, operation: Operation) -> bool:
        """Whether there are rows for what the operation's path names."""
        names = (each["name"] for each in operation.definition.get("parameters", ()))
        return all(self._ids.get(f"{operation.path} {name}", True) for name in names)

    def request(self, operation: Operation, *, is_plain: bool) -> Json:
        """The arguments of a client's `request`, the plain ones with nothing optional."""
        self._run = self._runs[self._chance.choice(self._ids["run_id"])]
        path, query = operation.path, []
        for parameter in operation.definition.get("parameters", []):
            name, schema = parameter["name"], parameter.get("schema", {})
            is_needed = parameter.get("required", False)
            if not (is_needed or (not is_plain and self._chance.random() < 0.3)):
                continue
            value = self._value(name, schema, operation.path)
            if value is _NOTHING:
                continue
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", str(value))
            elif parameter["in"] == "query":
                values = value if isinstance(value, list) else [value]
                query += [(name, _text(each)) for each in values]
        body = operation.example
        if isinstance(body, dict) and not is_plain:
            body = body | dict(self._fields(operation))
        more = {} if body is None else {"json": body}
        self._count += 1
        sandbox = {"Prefer": f"sandbox=drawn-{self._count % SANDBOXES}"}
        return {
            "method": operation.method,
            "url": path,
            "params": query,
            "headers": HEADERS if operation.method == "get" else HEADERS | sandbox,
            **more,
        }

    def _fields(self, operation: Operation) -> Iterator[tuple[str, Any]]:
        content = operation.definition["requestBody"]["content"]
        schema = self._resolved(content["application/json"]["schema"])
        for name, of_property in schema.get("properties", {}).items():
            if self._chance.random() < 0.2:
                value = self._value(name, of_property, operation.path)
                if value is not _NOTHING:
                    yield name, value

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _value(self, name: str, schema: Json, path: str) -> Any:
        """A value for what has that name, _NOTHING where none is known to be good."""
        schema = self._resolved(schema)
        branches = (*schema.get("anyOf", ()), *schema.get("allOf", ()))
        for value in (self._value(name, branch, path) for branch in branches):
            if value is not _NOTHING:
                return value
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        if schema.get("type") == "array":
            values = [self._value(name, schema["items"], path) for _ in range(3)]
            known = [value for value in values if value is not _NOTHING]
            return list(dict.fromkeys(known))[: self._chance.randrange(1, 4)] or _NOTHING
        return self._scalar(name, schema, path)

    def _scalar(self, name: str, schema: Json, path: str) -> Any:
        known: Sequence[Any] = self._ids.get(f"{path} {name}", self._ids.get(name, ()))
        if known is self._ids.get(name) and name in OF_RUN:
            known = [self._run[OF_RUN[name]]]  # so that run, trace and project belong together
        match schema.get("type"):
            case "boolean":
                known = (True, False)
            case "integer":
                least = int(schema.get("minimum", 0))
                known = range(least, min(least + 20, int(schema.get("maximum", 1000))) + 1)
            case "string" if schema.get("format") == "date-time":
                known = TIMES
            case "string" if "filter" in name:
                known = FILTERS
            case "string":
                pass
            case _:
                known = ()
        return self._chance.choice(known) if known else _NOTHING


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def ids_of(tables: Tables) -> dict[str, list[str]]:
    """The ids of the demo tenant's rows, by the names that parameters and fields have for them; of
    an operation alone, with its path before the name."""

    def of(table: str, column: str = "id") -> list[str]:
        return [
            row[column]
            for row in tables.get(table, ())
            if row.get("tenant_id", DEMO) == DEMO and row.get(column) is not None
        ]

    rows = [row for row in tables["langsmith/sessions"] if row["tenant_id"] == DEMO]
    sessions = [row["id"] for row in rows if row["reference_dataset_id"] is None]
    experiments = [row["id"] for row in rows if row["reference_dataset_id"] is not None]
    runs = [run for run in tables["langsmith/runs"] if run["session_id"] in sessions]
    threads = [(run["metadata"] or {}).get(key) for run in runs for key in THREAD_KEYS]
    run_ids, traces = [run["id"] for run in runs], [run["trace_id"] for run in runs]
    datasets = of("langsmith/datasets")
    by_name = {
        **dict.fromkeys(("session", "session_id", "project_id", "project_ids"), sessions),
        "session_ids": experiments,
        **dict.fromkeys(("dataset", "dataset_id", "reference_dataset"), datasets),
        "reference_dataset_id": datasets,
        **dict.fromkeys(("run", "run_id"), run_ids),
        **dict.fromkeys(("trace", "trace_id"), traces),
        "thread_id": [thread for thread in threads if thread],
        **dict.fromkeys(("example_id", "example_ids"), of("langsmith/examples")),
        "feedback_id": [
            row["id"] for row in tables["langsmith/feedback"] if row["run_id"] in run_ids
        ],
        "share_token": of("langsmith/datasets", "share_token"),
        "sessionId": [
            request["properties"]["Helicone-Session-Id"]
            for request in tables.get("helicone/requests", ())
            if "Helicone-Session-Id" in (request.get("properties") or {})
        ],
    }
    shared = [run for run in runs if run.get("share_token")]
    for path in ("run", "run/{id}", "run/{run_id}", "runs/query", "feedbacks"):
        for version in ("/api/v1", "/v2"):
            here = f"{version}/public/{{share_token}}/{path}"
            by_name[f"{here} share_token"] = [run["share_token"] for run in shared]
            by_name[f"{here} id"] = by_name[f"{here} run_id"] = [run["id"] for run in shared]
    of_experiments = [
        run["id"] for run in tables["langsmith/runs"] if run["session_id"] in experiments
    ]
    by_name["/api/v1/public/{share_token}/datasets/runs/{run_id} run_id"] = of_experiments
    return by_name


def live_answers(
    client: httpx.Client,
    document: Json,
    datasets: Mapping[str, Tables],
    *,
    seed: int,
    count: int,
) -> list[Live]:
    """So many answers of 200, the operations in turn and of each the plain request first; those
    that refuse every request, and those that no drawn request has an answer of, are left out."""
    chance = random.Random(seed)  # noqa: S311 - examples, no secrets
    drawn = {name: Drawn(document, tables, chance) for name, tables in datasets.items()}
    turns, found = operations(document), list[Live]()
    tried, answered = Counter[Operation](), set[Operation]()
    while turns and len(found) < count:
        for operation in list(turns):
            scenario = chance.choice([*drawn]) if tried[operation] else next(iter(drawn))
            asked = drawn[scenario].request(operation, is_plain=not tried[operation])
            others = asked["headers"].get("Prefer", "")
            prefer = ", ".join(filter(None, (f"scenario={scenario}", others)))
            asked["headers"] = asked["headers"] | {"Prefer": prefer}
            answer = client.request(**asked)
            tried[operation] += 1
            if answer.status_code == HTTPStatus.OK and operation.is_typed:
                found.append(Live(operation, answer.request, answer.json()))
                answered.add(operation)
            elif answer.status_code == HTTPStatus.FORBIDDEN or (
                tried[operation] > MOST_TRIED and operation not in answered
            ):
                turns.remove(operation)
    return found[:count]
