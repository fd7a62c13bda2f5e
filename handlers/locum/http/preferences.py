"""What a request prefers: the Prefer header (RFC 7240), and the same in its path, as
`/__locum/with/scenario=outage,delay=0.2/` before the vendor's path, or in its query, as
`?__code=404`, which is how clients of Prism write it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, unquote_plus

from attrs import frozen
from starlette.types import Scope

from locum.exceptions import InvalidPreference
from locum.generate.asked import NOTHING, Wanted
from locum.http.settings import Settings, settings

WITH = "/__locum/with/"

# Of https://www.iana.org/assignments/http-parameters: those are not ours to refuse.
REGISTERED = frozenset(
    [
        "allow-entityreferences",
        "callback",
        "continue-on-error",
        "depth-noroot",
        "handling",
        "include-annotations",
        "maxpagesize",
        "odata.allow-entityreferences",
        "odata.callback",
        "odata.continue-on-error",
        "odata.include-annotations",
        "odata.maxpagesize",
        "odata.track-changes",
        "omit-values",
        "respond-async",
        "return",
        "safe",
        "track-changes",
        "wait",
    ]
)
NOT_BUILT = frozenset({"explain", "strict"})
_STATES = ("sandbox", "scenario", "clock")
_OF_GENERATED = ("example", "dynamic", "seed")
OURS = (*_STATES, "delay", "fault", "code", *_OF_GENERATED)
MARK = b"__"  # before the name of one in the query
IN_QUERY = frozenset(f"{MARK.decode()}{name}" for name in ("code", *_OF_GENERATED))
_MOST_NAME = 64  # characters of a sandbox's name
_MOST_TEXT = 200  # characters of an example's name, or a seed
_DYNAMIC = {"true": True, "false": False}

# Each character can be read in one way, so the time taken grows with the length alone (and `*+`
# around groups matches what it must not in Python 3.11.2). A value is read up to its end whatever
# is in it, so that one that is no word is told as what it is.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_VALUE = r'[^\s",;]++'
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PREFERENCE = re.compile(
    rf"\s*+(?:(?P<name>{_NAME})\s*+(?:=\s*+(?P<value>{_VALUE}|{_QUOTED})?)?"
    rf"\s*+(?:;(?:[^,\"]|{_QUOTED})*)?)?(?:,|\Z)"
)


@frozen
class Preferences:
    """What a request prefers: the name of its sandbox, its settings, and the names of what is not
    ours; `wanted` is what it prefers of a generated answer. `applied` are the preferences that
    every answer is given by, as Preference-Applied has them, and `acting` the texts of those that
    act upon any answer by name."""

    sandbox: str | None
    settings: Settings
    unknown: tuple[str, ...]
    applied: tuple[str, ...]
    acting: Mapping[str, str]
    wanted: Wanted = NOTHING


def preferences(header: str) -> dict[str, str]:
    """Return each preference by its name in lower case, with its value, '' where it has none.

    Of one that is given twice the first counts; its parameters are left out (section 2). Raises
    InvalidPreference where the header cannot be read.
    """
    found: dict[str, str] = {}
    place = 0
    while place < len(header):
        match = _PREFERENCE.match(header, place)
        if match is None:
            raise InvalidPreference(
                header[place:].strip(),
                "name=value, with commas between them and quotes around what is no word",
            )
        if match["name"]:
            value = match["value"] or ""
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            found.setdefault(match["name"].lower(), value)
        place = match.end()
    return found


def of_path(scope: Scope, encoded: str) -> tuple[Scope, str]:
    """Return the request without the preferences in its encoded path, and those, as a header has
    them."""
    if not encoded.startswith(WITH):  # a slash of it is encoded, so that it is another path
        return scope, ""
    text, slash, rest = encoded[len(WITH) :].partition("/")
    path = "/" + rest if slash else "/"
    stripped = {**scope, "raw_path": path.encode("latin-1"), "path": unquote(path)}
    return stripped, unquote(text)


def of_query(scope: Scope, taken: Collection[str]) -> tuple[Scope, str]:
    """Return the request without the preferences in its query, and those, as a header has them. The
    names that are taken are a document's own parameters."""
    kept, found = [], []
    for field in scope["query_string"].split(b"&"):
        name, _, value = field.partition(b"=")
        text = name.decode("latin-1")
        if text in IN_QUERY and text not in taken:
            given = unquote_plus(value.decode("latin-1"))
            found.append(f"{text.removeprefix(MARK.decode())}={word(given)}")
        else:
            kept.append(field)
    if not found:
        return scope, ""
    return {**scope, "query_string": b"&".join(kept)}, ", ".join(found)


def read(headers: tuple[str, ...]) -> Preferences:
    """Return what the headers prefer together; of one that is given twice the first counts. Raises
    InvalidPreference."""
    found: dict[str, str] = {}
    for header in headers:
        for name, value in preferences(header).items():
            found.setdefault(name, value)
    ours = {name: value for name, value in found.items() if name in OURS}
    sandbox = ours.get("sandbox")
    if sandbox is not None:
        check_name(sandbox)
    apart = ("sandbox", *_OF_GENERATED)
    asked = settings({name: value for name, value in ours.items() if name not in apart})
    unknown = (name for name in found if name not in ours and name not in REGISTERED)
    applied = [f"{name}={word(ours[name])}" for name in _STATES if name in ours]
    acting = {n: value for n, value in ours.items() if n not in (*_STATES, *_OF_GENERATED)}
    return Preferences(sandbox, asked, tuple(unknown), tuple(applied), acting, _wanted(ours))


def _wanted(ours: Mapping[str, str]) -> Wanted:
    for name in _OF_GENERATED:
        text = ours.get(name, "text")
        if not (0 < len(text) <= _MOST_TEXT and text.isprintable()):
            raise InvalidPreference(f"{name}={text}", f"1 to {_MOST_TEXT} printable characters")
    dynamic = ours.get("dynamic")
    if dynamic is not None and dynamic not in _DYNAMIC:
        raise InvalidPreference(f"dynamic={dynamic}", "true or false")
    made_up = None if dynamic is None else _DYNAMIC[dynamic]
    return Wanted(None, ours.get("example"), made_up, ours.get("seed", ""))


def check_name(sandbox: str) -> None:
    """Raise InvalidPreference for what is no name of a sandbox."""
    if len(sandbox) > _MOST_NAME or not re.fullmatch(_NAME, sandbox):
        expected = f"a word of at most {_MOST_NAME} letters, digits and signs as - . _"
        raise InvalidPreference(f"sandbox={sandbox}", expected)


def word(value: str) -> str:
    """Write the value as it stands in a header."""
    quoted = re.sub(r'(["\\])', r"\\\1", value)
    return value if re.fullmatch(r"[\w.:+%/-]+", value, re.ASCII) else f'"{quoted}"'
