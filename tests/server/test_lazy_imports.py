"""What is put off is not loaded before it is used, and then it is the real thing."""

from __future__ import annotations

import subprocess
import sys

BEGIN = """
import sys
from locum.server.lazy_imports import put_off
with put_off():
    from locum import app
    from locum.server import run as server
unused = {"httpx", "requests", "jinja2", "urllib3", "starlette.testclient"}
unused |= {"werkzeug.test", "multiprocessing", "regex", "http.client", "html", "difflib", "duckdb"}
unused |= {"ctypes", "pickle", "shutil", "zipfile", "bz2", "lzma"}
assert not unused & sys.modules.keys(), unused & sys.modules.keys()
"""


def run(source: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + source], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_serving_loads_nothing_of_it() -> None:
    run("")


def test_what_was_put_off_is_imported_as_ever() -> None:
    run(
        "import httpx, requests\n"
        "from starlette.templating import Jinja2Templates\n"
        "assert httpx.Client.__module__.startswith('httpx')\n"
        "assert isinstance(requests.Session(), requests.sessions.Session)\n"
        "assert Jinja2Templates.__module__ == 'starlette.templating'\n"
    )


def test_connexion_can_use_what_was_put_off() -> None:
    run(
        "import warnings\n"
        "warnings.simplefilter('ignore')\n"
        "import connexion\n"
        "from connexion import json_schema\n"
        "client = connexion.AsyncApp('x').test_client()\n"
        "from starlette.testclient import TestClient\n"
        "assert isinstance(client, TestClient)\n"
        "assert callable(json_schema.requests.get)\n"
    )


def test_a_module_in_a_package_is_found_there_when_it_is_first_used() -> None:
    run(
        "import http, urllib\n"
        "assert http.client.responses[404] == 'Not Found'\n"
        "assert urllib.request.url2pathname('/a%20b') == '/a b'\n"
        "assert not {type(http.client), type(urllib.request)} - {type(sys)}\n"
    )


def test_a_class_that_was_put_off_can_be_derived_from_later() -> None:
    run(
        "from werkzeug import test, wrappers\n"
        "class Own(wrappers.Request): ...\n"
        "assert Own({'REQUEST_METHOD': 'GET'}).method == 'GET'\n"
        "assert test.Client.__module__ == 'werkzeug.test'\n"
    )


def test_overlays_can_use_regular_expressions() -> None:
    run(
        "from locum.openapi import overlay\n"
        "found = overlay.targets('$.a[?match(@, \"x.*\")]', {'a': ['xy', 'y', 'ax']})\n"
        "assert [node.value for node in found] == ['xy']\n"
    )


def test_arrays_can_use_what_was_put_off() -> None:
    run(
        "import numpy\n"
        "array = numpy.arange(3)\n"
        "assert array.ctypes.strides[0] == array.itemsize\n"
        "import pickle\n"
        "assert pickle.loads(array.dumps()).tolist() == [0, 1, 2]\n"
    )


def test_archives_can_use_what_was_put_off() -> None:
    run(
        "import os, shutil, tempfile\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    os.mkdir(folder + '/a')\n"
        "    for kind in ('zip', 'bztar', 'xztar'):\n"
        "        assert os.path.getsize(shutil.make_archive(folder + '/b', kind, folder + '/a'))\n"
        "from starlette.formparsers import SpooledTemporaryFile\n"
        "assert SpooledTemporaryFile(10).write(b'x') == 1\n"
    )
