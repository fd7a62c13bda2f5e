"""Files attached to runs: rows of their own, which are read one by one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from locum.engine.transactions import Transaction
from locum.langsmith.ingestion.payloads import Attachment
from locum.langsmith.writing import rows


def listed(attachments: Iterable[Attachment]) -> dict[str, dict[str, dict[str, object]]]:
    """Return what a run's row tells of its files: by run and name the media type, and the size in
    bytes."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for each in attachments:
        told = {"mime_type": each.media_type, "size": len(each.content)}
        found.setdefault(each.run_id, {})[each.name] = told
    return found


def put(transaction: Transaction, attachments: Iterable[Attachment]) -> None:
    """Keep the files, each in the place of the one of the same run and name."""
    transaction.put(
        rows.ATTACHMENTS,
        (
            {
                "run_id": each.run_id,
                "name": each.name,
                "mime_type": each.media_type,
                "content": b64encode(each.content).decode(),
            }
            for each in attachments
        ),
    )
