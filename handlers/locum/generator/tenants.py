"""The two tenants of every generated dataset, and their keys."""

from __future__ import annotations

TENANTS = {
    "demo": "11111111-1111-4111-8111-111111111111",
    "other": "22222222-2222-4222-8222-222222222222",
}
DEMO_KEY = "locum-demo-key"
KEYS = (
    (DEMO_KEY, TENANTS["demo"], "rw"),
    ("locum-read-key", TENANTS["demo"], "r"),
    ("locum-other-key", TENANTS["other"], "rw"),
)
