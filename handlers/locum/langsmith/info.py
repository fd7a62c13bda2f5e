"""What the server says of itself: clients choose by it the paths that they take."""

from __future__ import annotations

from typing import Any

from locum.engine.data import Data

# The SDKs warn of a server older than the paths that they were made for: 0.16 for runs, threads,
# traces and datasets of v2, 0.18 for its sessions. Nothing else in them depends on it that is not
# ruled by a flag below.
_VERSION = "0.18.0"


def server_info(data: Data, tenant: str | None) -> dict[str, Any]:  # noqa: ARG001 - of any data
    """Answer with the InfoGetResponse: what is built, and so announced.

    Runs are taken in by all ways, packed or not, and examples in several parts. Runs are read from
    v1 and v2 alike, which is what the two flags of queries say together.
    """
    return {
        "version": _VERSION,
        "batch_ingest_config": {
            "use_multipart_endpoint": True,
            "scale_up_qsize_trigger": 1000,
            "scale_up_nthreads_limit": 16,
            "scale_down_nempty_trigger": 4,
            "size_limit": 100,
            "size_limit_bytes": 20_971_520,
        },
        "instance_flags": {
            "zstd_compression_enabled": True,
            "gzip_body_enabled": True,
            "dataset_examples_multipart_enabled": True,
            "ch_query_enabled": True,
            "sdb_query_enabled": True,
        },
    }
