"""Helicone's tables: their columns, and how the engine holds them (DuckDB's dialect)."""

from __future__ import annotations

from locum.datasets.columns import BOOLEAN, INTEGER, INTEGER_MAP, TEXT, TEXT_MAP, TIME
from locum.datasets.constraints import Constraints, Reference, Value
from locum.engine.tables import Derived, Joined, Table

_REQUESTS = {
    "request_id": TEXT,
    "organization_id": TEXT,
    "provider": TEXT,
    "model": TEXT,
    "user_id": TEXT,
    "status": INTEGER,
    "request_created_at": TIME,
    "response_created_at": TIME,
    "latency": INTEGER,
    "time_to_first_token": INTEGER,
    "prompt_tokens": INTEGER,
    "completion_tokens": INTEGER,
    "prompt_cache_read_tokens": INTEGER,
    "prompt_cache_write_tokens": INTEGER,
    "cost": INTEGER,
    "properties": TEXT_MAP,
    "scores": INTEGER_MAP,
    "country_code": TEXT,
    "request_body": TEXT,
    "response_body": TEXT,
    "cache_reference_id": TEXT,
    "cache_enabled": BOOLEAN,
    "threat": BOOLEAN,
    "target_url": TEXT,
    "prompt_id": TEXT,
    "prompt_version": TEXT,
    "request_referrer": TEXT,
    "is_passthrough_billing": BOOLEAN,
}
_SESSION_TAGS = {
    "organization_id": TEXT,
    "entity_type": TEXT,
    "entity_id": TEXT,
    "tag": TEXT,
    "created_at": TIME,
}

# Properties that tell a request's session, and the score that a thumb up or down is.
SESSION_ID, SESSION_PATH = "Helicone-Session-Id", "Helicone-Session-Path"
SESSION_NAME = "Helicone-Session-Name"
FEEDBACK = "helicone-score-feedback"

ZERO_UUID = "00000000-0000-0000-0000-000000000000"
_NO_TEXT, _NONE = "''", "0"
_UUIDS = ("request_id", "organization_id", "cache_reference_id")
_UNSET = (
    dict.fromkeys(_UUIDS, f"'{ZERO_UUID}'")
    | dict.fromkeys(("provider", "model", "user_id", "request_body", "response_body"), _NO_TEXT)
    | dict.fromkeys(("prompt_id", "prompt_version", "request_referrer"), _NO_TEXT)
    | dict.fromkeys(("status", "cost"), _NONE)
    | dict.fromkeys(("prompt_cache_read_tokens", "prompt_cache_write_tokens"), _NONE)
    | dict.fromkeys(("cache_enabled", "is_passthrough_billing"), "false")
)


def _uniform(column: str) -> str:
    """A UUID is written in one way, however the file writes it; what is none stays as it is. Ids of
    organizations compare in any letter case."""
    if column not in _UUIDS:
        return column
    text = f"lower({column})" if column == "organization_id" else column
    return f"coalesce(CAST(TRY_CAST({column} AS UUID) AS VARCHAR), {text})"


# What a request leaves out reads as ClickHouse's default for the column's type, save where the
# vendor's column is nullable; its times have milliseconds, and what is finer is cut off. A request
# without a session id belongs to the session '', one without a name to the name ''; the number of
# id and name is what requests are grouped by, at two thirds of the cost of the texts. The tags of
# its session stand beside it: a tree of many tags reads no table twice.
_REQUESTS_OF_ROWS = f"""
    SELECT * REPLACE (
        {", ".join(f"coalesce({_uniform(c)}, {value}) AS {c}" for c, value in _UNSET.items())},
        coalesce(request_created_us // 1000 * 1000, 0) AS request_created_us,
        response_created_us // 1000 * 1000 AS response_created_us
    ),
    coalesce(properties['{SESSION_ID}'], '') AS session_id,
    coalesce(properties['{SESSION_NAME}'], '') AS session_name
    FROM rows
"""
_TAGS_OF_SESSIONS = """
    SELECT organization_id, entity_id, list(DISTINCT tag ORDER BY tag) AS tags
    FROM helicone_session_tags WHERE entity_type = 'session'
    GROUP BY organization_id, entity_id
"""
_JOIN_TAGS = f"""
    LEFT JOIN ({_TAGS_OF_SESSIONS}) tagged
    ON tagged.organization_id = requests.organization_id AND tagged.entity_id = requests.session_id
"""
_DEFAULTED_REQUESTS = f"""
    SELECT requests.*, coalesce(tagged.tags, []) AS session_tags,
           CAST(dense_rank() OVER (
               ORDER BY requests.organization_id, session_id, session_name
           ) AS INTEGER) AS session_number
    FROM ({_REQUESTS_OF_ROWS}) requests {_JOIN_TAGS}
"""
# Of requests that come later: a session that is known keeps its number.
SESSION_NUMBERS = "helicone_session_numbers"
_LAST_NUMBER = f"(SELECT coalesce(max(session_number), 0) FROM {SESSION_NUMBERS})"
_MORE_REQUESTS = f"""
    SELECT requests.*, coalesce(tagged.tags, []) AS session_tags,
           CAST(coalesce(known.session_number, {_LAST_NUMBER} + dense_rank() OVER (
               PARTITION BY known.session_number IS NULL
               ORDER BY requests.organization_id, requests.session_id, requests.session_name
           )) AS INTEGER) AS session_number
    FROM ({_REQUESTS_OF_ROWS}) requests {_JOIN_TAGS}
    LEFT JOIN {SESSION_NUMBERS} known
    ON known.organization_id = requests.organization_id
    AND known.session_id = requests.session_id AND known.session_name = requests.session_name
"""
_NUMBERED_SESSIONS = """
    SELECT DISTINCT organization_id, session_id, session_name, session_number
    FROM helicone_requests
"""
_LATER_TAGS = Joined(
    "helicone/session_tags",
    "session_tags",
    f"""coalesce((
        SELECT tags FROM ({_TAGS_OF_SESSIONS}) tagged
        WHERE tagged.organization_id = helicone_requests.organization_id
        AND tagged.entity_id = helicone_requests.session_id
    ), [])""",
    """(organization_id, session_id) IN (
        SELECT (organization_id, entity_id) FROM changed WHERE entity_type = 'session'
    )""",
)

_TAGS_OF_ORGANIZATIONS = """
    SELECT * REPLACE (lower(organization_id) AS organization_id) FROM rows
"""

# ProviderName of the vendor's API, CUSTOM for other addresses, and what else its gateway names
# (ModelProviderName), here in capitals.
_PROVIDERS = (
    "2YFV AMDBARTEK ANTHROPIC ANYSCALE AVIAN AWS AZURE BASETEN BEDROCK CANOPYWAVE CEREBRAS CHUTES "
    "CLOUDFLARE COHERE CUSTOM DEEPINFRA DEEPSEEK FIRECRAWL FIREWORKS GOOGLE GOOGLE-AI-STUDIO GROQ "
    "HELICONE LEMONFOX LLAMA LOCAL MISTRAL NEBIUS NOVITA NVIDIA OPENAI OPENPIPE OPENROUTER "
    "PERPLEXITY QSTASH TOGETHER VERCEL VERTEX WISDOMINANUTSHELL X XAI"
)
_IS_PROVIDER = f"provider = '' OR list_contains(string_split('{_PROVIDERS}', ' '), upper(provider))"
_STATUSES = range(-4, 600)  # of HTTP, 0 where there is none, and below it the vendor's own

_OF_REQUESTS = Constraints(
    unique=(("request_id", "organization_id"),),
    tenant="organization_id",
    amounts=(
        "latency",
        "time_to_first_token",
        "prompt_tokens",
        "completion_tokens",
        "prompt_cache_read_tokens",
        "prompt_cache_write_tokens",
        "cost",
    ),
    order=(("request_created_at", "response_created_at"),),
    # What is left out is there by default.
    values=(
        Value("request_id", "an id", f"request_id != '{ZERO_UUID}'", is_error=True),
        Value("request_created_at", "a time", "request_created_us != 0"),
        Value("provider", "a provider of models", _IS_PROVIDER),
        Value(
            "status",
            "a status of HTTP, or -4 to 0",
            f"status BETWEEN {_STATUSES.start} AND {_STATUSES.stop - 1}",
        ),
    ),
)
_OF_TAGS = Constraints(
    expected=("organization_id", "entity_type", "entity_id", "tag"),
    distinct=(("tag", "entity_id", "entity_type", "organization_id"),),
    references=(
        Reference(
            "entity_id",
            "helicone/requests",
            key="session_id",
            same=("organization_id",),
            where="entity_type = 'session'",
        ),
    ),
    tenant="organization_id",
    known={"entity_type": ("session", "request")},
)

TABLES = {
    "helicone/requests": Table(
        _REQUESTS,
        _DEFAULTED_REQUESTS,
        after=("helicone/session_tags",),
        constraints=_OF_REQUESTS,
        key=("organization_id", "request_id"),
        more=_MORE_REQUESTS,
        needs=(SESSION_NUMBERS,),
        joined=(_LATER_TAGS,),
    ),
    "helicone/session_tags": Table(_SESSION_TAGS, _TAGS_OF_ORGANIZATIONS, constraints=_OF_TAGS),
}
DERIVED = (
    Derived(
        SESSION_NUMBERS,
        _NUMBERED_SESSIONS,
        lazy=True,
        of="helicone_requests",
        more=f"{_NUMBERED_SESSIONS} WHERE session_number > {_LAST_NUMBER}",
    ),
)
