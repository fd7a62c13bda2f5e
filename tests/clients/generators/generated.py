"""Code that generators make of a started server's documents, and what compilers say to it.

All is made in one folder, which the packages of `pins/npm` are linked into.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.clients.generators.live_answers import Live, Operation, operations, shape

HERE = Path(__file__).parent
PINS = HERE / "pins"
_LONGEST = 300  # seconds that a generator may take

# With what a new project is told, and without skipLibCheck, which hides faults of generated types.
_COMPILER = {
    "strict": True,
    "skipLibCheck": False,
    "noEmit": True,
    "module": "esnext",
    "moduleResolution": "bundler",
    "target": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": [],
}


@frozen
class Done:
    """What a command printed, and its status."""

    status: int
    output: str


def run(command: list[str], folder: Path, given: str | None = None) -> Done:
    done = subprocess.run(
        command,
        cwd=folder,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    return Done(done.returncode, done.stdout)


@frozen
class Made:
    """What a generator printed, and what the newest compiler of TypeScript says to its code."""

    done: Done
    told: str


def _compiled(folder: Path, done: Done, files: str) -> Made:
    """Compile the files that a pattern names."""
    kind = re.sub(r"\W+", "-", files)
    settings = folder / f"tsconfig.{kind}.json"
    settings.write_text(json.dumps({"compilerOptions": _COMPILER, "include": [files]}))
    tsc = ["node", "node_modules/typescript-newest/bin/tsc", "-p", settings.name]
    return Made(done, run(tsc, folder).output)


def with_openapi_typescript(folder: Path, name: str, document: dict[str, Any]) -> Made:
    """Types by its default options, and calls of openapi-fetch with every example: as it is, and in
    `.wrong.ts` with a field that is not there."""
    place = f"openapi-typescript/{name}"
    options = [f"{name}.json", "-o", f"{place}.d.ts"]
    done = run(["node_modules/.bin/openapi-typescript", *options], folder)
    calls = "\n".join(_calls(name, document))
    wrong = re.sub(r"^(const body.* = \{)", r'\1"not_there": 1, ', calls, flags=re.MULTILINE)
    (folder / f"{place}.calls.ts").write_text(calls, encoding="utf-8")
    (folder / f"{place}.wrong.ts").write_text(wrong, encoding="utf-8")
    return _compiled(folder, done, f"{place}.*")


def _calls(name: str, document: dict[str, Any]) -> Iterator[str]:
    """A program that calls each operation; an example is of its operation's type to the letter,
    while openapi-fetch would take more."""
    yield 'import createClient from "openapi-fetch";'
    yield f'import type {{ paths }} from "./{name}";'
    yield 'const client = createClient<paths>({ baseUrl: "http://127.0.0.1:4010" });'
    schemas = document["components"]["schemas"]
    for number, operation in enumerate(operations(document)):
        path, method = json.dumps(operation.path), operation.method
        parameters, body = json.dumps(_parameters(operation, schemas)), ""
        if operation.example is not None:
            of_body = f'NonNullable<paths[{path}]["{method}"]["requestBody"]>'
            example = json.dumps(operation.example)
            yield f'const body{number}: {of_body}["content"]["application/json"] = {example};'
            body = f", body: body{number}"
        elif "requestBody" in operation.definition:
            continue  # of files
        yield f"void client.{method.upper()}({path}, {{ params: {parameters}{body} }});"


def _parameters(operation: Operation, schemas: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A value for each parameter that must be there, by place and name."""
    found: dict[str, dict[str, Any]] = {}
    for each in operation.definition.get("parameters", ()):
        if each.get("required"):
            value = _argument(each["schema"], schemas)
            found.setdefault(each["in"], {})[each["name"]] = value
    return found


def _argument(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _argument(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("type") == "array":
        return [_argument(schema["items"], schemas)]
    if "enum" in schema:
        return schema["enum"][0]
    return {"integer": 1, "number": 1, "boolean": True}.get(schema.get("type", ""), "a text")


def with_orval(folder: Path, names: Iterable[str]) -> Made:
    """A client of fetch, and schemas of zod."""
    outputs = {
        f"{name}{kind}": {
            "input": {"target": f"./{name}.json"},
            "output": {"target": f"./orval/{name}/{kind}.ts", "client": kind, "mode": "single"},
        }
        for name in names
        for kind in ("fetch", "zod")
    }
    (folder / "orval.config.cjs").write_text(f"module.exports = {json.dumps(outputs)};")
    done = run(["node_modules/.bin/orval", "--config", "orval.config.cjs"], folder)
    return _compiled(folder, done, "orval/**/*")


def with_hey_api(folder: Path, name: str) -> Made:
    """Types, a client of fetch, and schemas of zod."""
    plugins = ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch", "zod"]
    command = ["node_modules/.bin/openapi-ts", "-i", f"{name}.json", "-o", f"hey-api/{name}"]
    done = run([*command, "--no-log-file", "-p", *plugins], folder)
    return _compiled(folder, done, f"hey-api/{name}/**/*")


def zod_schemas_of_orval(folder: Path, name: str) -> dict[str, str]:
    """The name of the schema of each operation's answer, by the operation's shape."""
    code = (folder / "orval" / name / "fetch.ts").read_text(encoding="utf-8")
    found, url = {}, ""
    for part in code.split("export const ")[1:]:
        function, _, rest = part.partition(" = ")
        if rest.startswith("async "):
            (method,) = re.findall(r"method: '(\w+)'", rest)
            found[shape(method, url)] = f"{function[0].upper()}{function[1:]}Response"
        elif re.fullmatch(r"get\w+Url", function):  # stands before the function that calls it
            url = re.findall(r"`(/[^`?]*)", rest)[-1].replace("${", "{")
    return found


def zod_schemas_of_hey_api(folder: Path, name: str) -> dict[str, str]:
    """The same."""
    code = (folder / "hey-api" / name / "sdk.gen.ts").read_text(encoding="utf-8")
    found = {}
    for part in code.split("export const ")[1:]:
        called = re.search(r"\?\? client\)\.(\w+)<.*?url: '([^']+)'", part, re.DOTALL)
        assert called is not None, part
        function = part.partition(" = ")[0]
        schema = f"z{function[0].upper()}{function[1:]}Response"
        found[shape(called[1], called[2])] = schema
    return found


def parsed_by_zod(folder: Path, code: str, schemas: dict[str, str], live: list[Live]) -> list[str]:
    """What the schemas of a file find wrong with answers; what a schema is not there for, too."""
    lines = [
        json.dumps({"schema": schemas.get(each.operation.shape), "body": each.body})
        for each in live
    ]
    done = run(["node", str(HERE / "parse.mjs"), str(folder), code], folder, "\n".join(lines))
    assert done.status == 0, done.output
    faults = json.loads(done.output)
    assert faults.pop("parsed") + len(faults["faults"]) == len(live)
    return [
        f"{live[fault['line']].request.method} {live[fault['line']].request.url}: {fault['fault']}"
        for fault in faults["faults"]
    ]
