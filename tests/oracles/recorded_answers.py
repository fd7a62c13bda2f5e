"""Random requests to each operation over `tiny`, and what this process answers.

As a program, prints the SHA-256 of each answer's bytes: `recorded_answers.py [THREADS]`, with that
many threads in the engine.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator

import orjson

from tests.oracles.langsmith_answers import ask
from tests.oracles.langsmith_requests import OPERATIONS, draws
from tests.oracles.verification import Verification

EACH = 15


def digests(threads: int = 2) -> Iterator[tuple[str, str]]:
    """The name of each request, and the digest of the answer's bytes."""
    verification = Verification("tiny")
    verification.engine.rows(f"SET GLOBAL threads = {threads}")
    for operation in OPERATIONS:
        for seed in range(EACH):
            request = verification.requests.any(draws(f"recorded {seed}"), operation)
            answer = ask(verification.engine, operation, request.tenant, request.arguments)
            yield f"{operation} {seed}", hashlib.sha256(orjson.dumps(answer)).hexdigest()


if __name__ == "__main__":
    for name, digest in digests(*map(int, sys.argv[1:])):
        print(name, digest)  # noqa: T201 - what the test reads
