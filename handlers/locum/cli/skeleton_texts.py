"""The texts of the files that `locum new provider` writes; `skeleton` fills them in."""

from __future__ import annotations

SETTINGS = """\
# What the flags of `locum serve` say, by their names; paths are relative to this file.
spec = {spec}
data = "data"
handlers = "handlers"
"""

TABLES = """\
# The tables of this folder: the types of their columns, and what holds of their rows.
# A file keys.jsonl beside it, with rows like {"key": "secret", "tenant_id": "t1"}, says which
# credentials are taken; without one, any is.
measurements:
  columns: {id: text, kind: text, value: integer, measured_at: time}
  required: [id, value]
  unique: [id]
  known: {kind: [a, b]}
"""

HANDLER = '''\
"""What computes operations of {name}: a function for each, named as its operationId.

It is called with the data, the tenant of the credential, and the operation's parameters, and body,
by name. All other operations are generated.
"""
{imports}
def {function}(data, tenant, **parameters):
    """{where}: of the table {table}; what is no number is an example."""
    values = data.arrays("SELECT value FROM {table}")["value"]
    return {{
{members}    }}
'''

NO_HANDLER = '''\
"""What computes operations of {name}: a function for each, named as its operationId.

All operations are generated, as no answer holds a number that could be computed of the table. Take
away the comment signs, and return what the document says:
"""

# def {function}(data, tenant, **parameters):
#     return {{"count": len(data.rows("SELECT id FROM {table}"))}}
'''

COMPUTED_TEST = '''\
def test_numbers_are_computed_of_the_rows():
    """{where}, of the values 120, 80 and 200."""
    with served() as url:
        status, answer = ask(url + {path!r}, {headers!r})
    assert status == 200
    expected = {numbers!r}
    assert {{name: answer[name] for name in expected}} == expected


'''

CONTRACT = '''\
"""What is served is what the document says: run it with pytest, or as `python test_contract.py`.

Locum checks each answer against the document before it is sent; what would break it is a 500.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUESTS = [
REQUESTS_HERE]


@contextmanager
def served():
    """The address of a server with the settings of locum.toml."""
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "--print", "json"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("LOCUM_")}
    with subprocess.Popen(command, cwd=HERE, env=own, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield json.loads(server.stdout.readline())["url"]
        finally:
            server.terminate()


def ask(url, headers):
    """Return the status and what is answered."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body


COMPUTED_HEREdef test_every_request_is_answered():
    with served() as url:
        statuses = {path: ask(url + path, headers)[0] for path, headers in REQUESTS}
    assert {path: status for path, status in statuses.items() if not 200 <= status < 300} == {}


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(name, "passed")
'''
