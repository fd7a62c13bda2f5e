"""Parse answers, a line of {module, body} each, with the modules of a client that
openapi-python-client has generated, and print the faults as JSON.

Run by the interpreter that has what generated clients need: `python parse.py FOLDER`, where the
package `client` is in the folder.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import httpx


def fault_of(module: str, body: Any) -> str:
    """Why the module cannot parse the body, "" where it can."""
    client = importlib.import_module("client").Client(base_url="http://127.0.0.1")
    response = httpx.Response(200, content=json.dumps(body))  # of `json` null is nothing
    try:
        found = importlib.import_module(module)._parse_response(client=client, response=response)
    except Exception as error:  # noqa: BLE001 - whatever generated code raises is its fault
        return repr(error)
    return "" if found is not None or body is None else "parsed to nothing"


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    faults = [fault_of(**json.loads(line)) for line in sys.stdin]
    sys.stdout.write(json.dumps(faults))
