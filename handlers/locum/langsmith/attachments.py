"""Files attached to runs, as they were sent."""

from __future__ import annotations

from base64 import b64decode

from locum.engine.data import Data
from locum.exceptions import NotFound
from locum.provider import Answer


def read_attachment(data: Data, tenant: str | None, run_id: str, name: str) -> Answer:  # noqa: ARG001 - SDKs ask without a key
    """Answer with the file that is attached to a run under a name: whoever knows both may have it,
    as of an address that is signed. 404 where there is none."""
    found = data.rows(
        "SELECT mime_type, content FROM langsmith_attachments WHERE run_id = $run AND name = $name",
        run=run_id.lower(),
        name=name,
    )
    if not found:
        raise NotFound("attachment", name)
    media_type, content = found[0]
    return Answer(200, b64decode(content), media_type=media_type)
