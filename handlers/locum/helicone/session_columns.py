"""The columns of sessions in Helicone's filters: what holds of a finished session.

A tree is evaluated twice, over requests and then over sessions, and both must hold. In this second
pass the leaves of request_response_rmt and session_tag are true, so that a leaf of a request *or*
one of a session is always so.
"""

from __future__ import annotations

from typing import Any

from locum.helicone.filter_columns import compared, first, number, seconds, text_column
from locum.helicone.filter_conditions import STATEMENT_FAILS, TRUE, Condition, Term
from locum.helicone.filters import Leaf, named

TABLE = "sessions_request_response_rmt"

# Over the columns of `sessions.RELATION`. A sum of tokens that nobody reported is null, which
# passes no comparison; the cost is in USD.
_NUMBERS = {
    "session_total_cost": "CAST(cost_nano AS DOUBLE) / 1e9",
    "session_total_requests": "requests",
    "session_prompt_tokens": "prompt_tokens",
    "session_completion_tokens": "completion_tokens",
    "session_total_tokens": "(prompt_tokens + completion_tokens)",
}
_TEXTS = {"session_session_id": "session_id", "session_session_name": "session_name"}
_TIMES = {"session_created_at": "first_us", "session_latest_request_created_at": "last_us"}


def of_session(leaf: Leaf, shift_us: int) -> Condition:
    """The condition of a leaf over sessions, whose times are shown so many microseconds later.
    Raises UpstreamFault without an operator."""
    columns = leaf.get(TABLE)
    return TRUE if columns is None else named(_column(columns, shift_us), TABLE, columns)


def of_none(leaf: Leaf) -> Condition:
    """The condition of a leaf where there are no sessions to compare, as the vendor counts them:
    only a session's tag can be asked for. Raises UpstreamFault without an operator."""
    columns = leaf.get(TABLE)
    if columns is None or next(iter(columns), "") == "session_tag":
        return TRUE
    return named(STATEMENT_FAILS, TABLE, columns)


def _column(columns: dict[str, Any], shift_us: int) -> Condition:
    name = next(iter(columns), "")
    operator, value = first(columns.get(name))
    if name in _NUMBERS:
        return number(Term(_NUMBERS[name]), operator, value)
    if name in _TEXTS:
        return text_column(_TEXTS[name], operator, value)
    if name not in _TIMES:
        return TRUE  # session_tag, which requests are chosen by
    whole = seconds(value)
    if whole is None:
        return STATEMENT_FAILS
    # The column has milliseconds, the value is cut to whole seconds.
    return compared(Term(_TIMES[name]), operator, whole * 1_000_000 - shift_us)
