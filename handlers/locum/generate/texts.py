"""Texts: of a format, of a pattern, or such as the property's name lets one expect.

Names, cities, companies and the like are Faker's, which is loaded when the first is asked for. Each
kind has its own pool, drawn once with its own seed; Faker's global state is not touched.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from locum.generate.conjunction import Conjunction
from locum.generate.matching import finds, has_format
from locum.generate.names import NOW, suffix_of, words_of
from locum.generate.patterns import sample
from locum.generate.streams import Place, Stream

if TYPE_CHECKING:
    from faker import Faker

LONGEST = 100_000  # characters that a text is made of
_POOL = 64  # different texts of a kind
_PATTERN_TRIES = 150
_ALPHABET = string.ascii_lowercase + string.digits
_DAYS = 60  # that times lie before NOW, at most

Maker = Callable[["Texts", Stream], str]


class Texts:
    """The texts of every kind."""

    def __init__(self) -> None:
        self._pools: dict[str, list[str]] = {}

    def of(
        self, conjunction: Conjunction, name: str, place: Place, *, is_minimal: bool
    ) -> str | None:
        """Return a text within the limits, of the formats and with the patterns; None where none is
        found. The compiled schema has the last word: a text may be invalid for a reason that is not
        seen here."""
        low, high = conjunction.least("minLength"), conjunction.most("maxLength")
        if low > LONGEST or (high is not None and low > high):
            return None
        encodings = _encodings(conjunction)
        plain = None
        for text in self._candidates(conjunction, name, place, low, high, is_minimal=is_minimal):
            if _is_fit(conjunction, text, low, high):
                if all(_is_encoded(each, text) for each in encodings):
                    return text
                plain = text if plain is None else plain
        return plain  # to the validator an encoding is a remark

    def _candidates(
        self,
        conjunction: Conjunction,
        name: str,
        place: Place,
        low: int,
        high: int | None,
        *,
        is_minimal: bool,
    ) -> Iterator[str]:
        stream = place.stream()
        formats = [each for each in conjunction.all("format") if isinstance(each, str)]
        formats += _encodings(conjunction)
        patterns = [each for each in conjunction.all("pattern") if isinstance(each, str)]
        known = [each.lower() for each in formats if each.lower() in _FORMATS]
        if known:
            for each in known:
                text = self._of_format(each, name, stream)
                yield text
                yield _lengthened(text, each, low, high)
                yield from _plainest(each, low)
        elif not is_minimal or not patterns:
            text = self.named(name, stream)
            yield text
            yield _fitted(text, low, high)
        for number in range(_PATTERN_TRIES if patterns else 0):
            stream = place.other(number).stream()
            yield from _of_patterns(patterns, stream, low, high)
            for each in known:  # a pattern may be found in a part of what the format asks for
                text = self._of_format(each, name, stream)
                part = sample(patterns[0], stream) or ""
                over = (part + text[len(part) :], text[: -len(part) or None] + part)
                yield from (text, *over, text + part, part + text, _word(self, stream) + part)

    def named(self, name: str, stream: Stream) -> str:
        """Return a text that a property of the name may have."""
        return _NAMED[suffix_of(name, _NAMED) or ""](self, stream)

    def _of_format(self, format_name: str, name: str, stream: Stream) -> str:
        if format_name in _URIS:
            kind = suffix_of(name, _LINKS)
            if kind is not None:
                return _LINKS[kind](self, stream)
        return _FORMATS[format_name](self, stream)

    def pick(self, kind: str, stream: Stream) -> str:
        """Return one of the texts of that provider of Faker's, such as city or first_name."""
        if kind not in self._pools:
            fake = load()
            fake.seed_instance(f"locum {kind}")
            make = getattr(fake, kind)
            self._pools[kind] = list(dict.fromkeys(str(make()) for _ in range(_POOL)))
        return stream.choice(self._pools[kind])


@cache
def load() -> Faker:
    """Return the one Faker of the process: loading it takes 0.2 s."""
    from faker import Faker  # noqa: PLC0415

    return Faker("en_US", use_weighting=False)


def _of_patterns(patterns: list[str], stream: Stream, low: int, high: int | None) -> Iterator[str]:
    """Yield texts in which the first of the patterns is found, and perhaps the others."""
    first, *others = patterns
    expressions = [first, *others]
    for other in others:
        expressions += [f"(?={first}){other}", f"(?={other}){first}"]
    for expression in expressions:
        text = sample(expression, stream, low, high)
        if text is not None:
            yield text
    for other in others:
        parts = (sample(first, stream) or "", sample(other, stream) or "")
        yield from ("".join(parts), "".join(reversed(parts)))


def _is_fit(conjunction: Conjunction, text: str, low: int, high: int | None) -> bool:
    return (
        low <= len(text)
        and (high is None or len(text) <= high)
        and all(finds(each, text) for each in conjunction.all("pattern"))
        and all(has_format(each, text) for each in conjunction.all("format"))
    )


def _encodings(conjunction: Conjunction) -> list[str]:
    """Return the known encodings (RFC 4648) that the text is to have."""
    names = (each.lower() for each in conjunction.all("contentEncoding") if isinstance(each, str))
    return [each for each in names if each in _DECODERS]


def _is_encoded(encoding: str, text: str) -> bool:
    try:
        _DECODERS[encoding](text.encode())
    except ValueError:
        return False
    return True


def _fitted(text: str, low: int, high: int | None) -> str:
    """Return the text cut, or continued, to the length."""
    if len(text) < low:
        text = (text + " " + text * (low // max(len(text), 1) + 1))[:low].rstrip()
        text += "x" * (low - len(text))
    if high is not None and len(text) > high:
        text = text[:high].strip() or text[:high]
        text += "x" * (low - len(text))
    return text


def _lengthened(text: str, format_name: str, low: int, high: int | None) -> str:
    """Return the text of the format cut, or continued, as far as its format lets one."""
    missing, is_long = low - len(text), high is not None and len(text) > high
    if format_name in ("email", "idn-email"):
        local, _, domain = text.partition("@")
        return "a@b.co" if is_long else f"{local}@{_labels(missing)}.{domain}"
    if format_name in ("uri-reference", "iri-reference"):
        return "/" if is_long else text + "x" * missing
    if format_name in _URIS:
        return "http://a.co" if is_long else text + "x" * missing
    if format_name in _BLOCKS:
        return _encoded(format_name, text, low, high)
    if format_name in ("hostname", "idn-hostname"):
        if is_long:
            return text.partition(".")[0][:high]
        return f"{_labels(max(missing - 1, 1))}.{text}" if missing > 0 else text
    if format_name in ("date-time", "time"):
        return f"{text[:-1]}.{'0' * max(missing - 1, 1)}Z"
    return _fitted(text, low, high) if format_name in _FREE_FORMATS else text


def _labels(number: int) -> str:
    """Return labels of a domain of about so many characters."""
    # They have at most 63 each (RFC 1034, section 3.1).
    return (("x" * 50 + ".") * (number // 51) + "x" * (number % 51)).strip(".")


def _encoded(format_name: str, text: str, low: int, high: int | None) -> str:
    """Return the encoded text cut, or repeated, to whole blocks within the length."""
    size, fill = _BLOCKS[format_name]
    blocks = -(-low // size)
    if high is not None and len(text) > high:
        return text[: max(high // size, blocks) * size].ljust(blocks * size, fill)
    text = text.rstrip("=")
    return text[: len(text) // size * size].ljust(blocks * size, fill)


def _plainest(format_name: str, low: int) -> Iterator[str]:
    """Yield the shortest and the longest texts of the format, where none that shows more fits."""
    yield from (each for each in _EXTREMES.get(format_name, ()) if low <= len(each))


def _letters(stream: Stream, number: int, alphabet: str = _ALPHABET) -> str:
    return "".join(stream.choice(alphabet) for _ in range(number))


def _hex(stream: Stream, number: int) -> str:
    text = ""
    while len(text) < number:
        text += f"{stream.bits():016x}"
    return text[:number]


def _uuid(_: Texts, stream: Stream) -> str:
    """A UUID of version 4 (RFC 9562, section 5.4)."""
    digits = _hex(stream, 32)
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def instant(stream: Stream) -> datetime:
    """Return an instant before NOW, to the second."""
    return NOW - timedelta(seconds=stream.between(60, _DAYS * 86_400))


def _date_time(_: Texts, stream: Stream) -> str:
    return instant(stream).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(_: Texts, stream: Stream) -> str:
    return instant(stream).strftime("%Y-%m-%d")


def _time(_: Texts, stream: Stream) -> str:
    return instant(stream).strftime("%H:%M:%SZ")


def _duration(_: Texts, stream: Stream) -> str:
    return f"PT{stream.between(1, 59)}M"


def slug(text: str) -> str:
    """Return the text's words in lower case, joined by hyphens."""
    return "-".join(words_of(text)) or "item"


def _picked(kind: str) -> Maker:
    return lambda texts, stream: texts.pick(kind, stream)


def _one_of(*members: str) -> Maker:
    return lambda _, stream: stream.choice(members)


def _always(text: str) -> Maker:
    return lambda _, __: text


def _email(texts: Texts, stream: Stream) -> str:
    first, last = texts.pick("first_name", stream), texts.pick("last_name", stream)
    return f"{slug(first)}.{slug(last)}@example.com"


def _person(texts: Texts, stream: Stream) -> str:
    return f"{texts.pick('first_name', stream)} {texts.pick('last_name', stream)}"


def _user_name(texts: Texts, stream: Stream) -> str:
    return f"{slug(texts.pick('first_name', stream))}{stream.between(1, 99)}"


def _thing(texts: Texts, stream: Stream) -> str:
    words = texts.pick("catch_phrase", stream).split()
    return f"{words[0].capitalize()} {words[-1]}"


def _title(texts: Texts, stream: Stream) -> str:
    return texts.pick("catch_phrase", stream)


def _sentence(texts: Texts, stream: Stream) -> str:
    return texts.pick("bs", stream).capitalize() + "."


def _word(texts: Texts, stream: Stream) -> str:
    return texts.pick("word", stream)


def _slug(texts: Texts, stream: Stream) -> str:
    return slug(_thing(texts, stream))


def _code(_: Texts, stream: Stream) -> str:
    return _letters(stream, 8, string.ascii_uppercase + string.digits)


def _identifier(_: Texts, stream: Stream) -> str:
    return _letters(stream, 16)


def _phone(_: Texts, stream: Stream) -> str:
    # 555-0100 to 555-0199 are kept for fiction (NANPA).
    return f"+1-{stream.between(201, 989)}-555-01{stream.between(0, 99):02}"


def _web(path: str) -> Maker:
    return lambda texts, stream: f"https://example.com/{path.format(slug=_slug(texts, stream))}"


def _file_name(texts: Texts, stream: Stream) -> str:
    return f"{_slug(texts, stream)}.{stream.choice(['pdf', 'csv', 'json', 'txt', 'png'])}"


def _path(texts: Texts, stream: Stream) -> str:
    return f"/{_slug(texts, stream)}"


def _version(_: Texts, stream: Stream) -> str:
    return f"{stream.between(1, 4)}.{stream.between(0, 12)}.{stream.between(0, 9)}"


def _host(_: Texts, stream: Stream) -> str:
    return f"host{stream.between(1, 99)}.example.com"


def _ipv4(_: Texts, stream: Stream) -> str:
    return f"192.0.2.{stream.between(1, 254)}"  # for documentation: RFC 5737


def _ipv6(_: Texts, stream: Stream) -> str:
    return f"2001:db8::{stream.between(1, 0xFFFF):x}"  # for documentation: RFC 3849


def _colour(_: Texts, stream: Stream) -> str:
    return f"#{_hex(stream, 6)}"


def _base64(texts: Texts, stream: Stream) -> str:
    return base64.b64encode(_word(texts, stream).encode()).decode()


def _base32(texts: Texts, stream: Stream) -> str:
    return base64.b32encode(_word(texts, stream).encode()).decode()


def _base16(texts: Texts, stream: Stream) -> str:
    return base64.b16encode(_word(texts, stream).encode()).decode()


def _hash(number: int) -> Maker:
    return lambda _, stream: _hex(stream, number)


_URI = _web("{slug}")
_FORMATS: dict[str, Maker] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _date,
    "full-date": _date,
    "time": _time,
    "duration": _duration,
    "uuid": _uuid,
    "uuid4": _uuid,
    "guid": _uuid,
    "email": _email,
    "idn-email": _email,
    "uri": _URI,
    "url": _URI,
    "http-url": _URI,
    "iri": _URI,
    "uri-reference": _path,
    "iri-reference": _path,
    "uri-template": _always("https://example.com/{id}"),
    "hostname": _host,
    "idn-hostname": _host,
    "ipv4": _ipv4,
    "ip": _ipv4,
    "ipv6": _ipv6,
    "byte": _base64,
    "base64": _base64,
    "base64url": _base64,  # of ASCII without the characters in which the two differ
    "base32": _base32,
    "base16": _base16,
    "binary": _word,
    "json-pointer": _path,
    "relative-json-pointer": _always("0"),
    "regex": _always("^[a-z]+$"),
    "password": lambda _, stream: f"{_letters(stream, 12)}-A1",
    "phone": _phone,
    "color": _colour,
    "hex-color": _colour,
    "int32": lambda _, stream: str(stream.between(1, 99_999)),
    "int64": lambda _, stream: str(stream.between(1, 99_999)),
    "decimal": lambda _, stream: f"{stream.between(1, 499)}.{stream.between(0, 99):02}",
    "unixtime": lambda _, stream: str(int(instant(stream).timestamp())),
    "iso-country-code": _picked("country_code"),
    "iso4217": _one_of("USD", "EUR", "GBP", "JPY"),
}
_URIS = frozenset(
    ["uri", "url", "http-url", "iri", "uri-reference", "iri-reference", "uri-template"]
)
_FREE_FORMATS = frozenset(["password", "binary"])
# Characters of a block of an encoded text, and one that may be repeated in it.
_BLOCKS = {
    **dict.fromkeys(["byte", "base64", "base64url"], (4, "A")),
    "base32": (8, "A"),
    "base16": (2, "0"),
}
_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": partial(base64.b64decode, validate=True),
    "base64url": partial(base64.b64decode, altchars=b"-_", validate=True),
    "base32": base64.b32decode,
    "base16": base64.b16decode,
}
# The shortest texts of a format, and where it has one the longest.
_EXTREMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(["email", "idn-email"], ("a@b",)),
    **dict.fromkeys(["uri", "url", "http-url", "iri"], ("a:b",)),
    **dict.fromkeys(["uri-reference", "iri-reference", "json-pointer", "uri-template", "regex"],
                    ("",)),
    "ipv4": ("1.1.1.1", "192.168.100.100"),
    "ip": ("1.1.1.1", "192.168.100.100"),
    "ipv6": ("::1", "2001:0db8:0000:0000:0000:0000:0000:0001"),
    "duration": ("P1D",),
}  # fmt: skip
_LINKS: dict[str, Maker] = {
    **dict.fromkeys(
        ["image", "image_url", "avatar", "avatar_url", "photo", "photo_url", "picture", "logo",
         "icon", "thumbnail", "thumbnail_url", "logo_url", "icon_url", "photo_urls"],
        _web("images/{slug}.png"),
    ),
}  # fmt: skip
_NAMED: dict[str, Maker] = {
    **_LINKS,
    **dict.fromkeys(["email", "mail", "email_address"], _email),
    **dict.fromkeys(["url", "uri", "href", "link", "website", "homepage", "web"], _URI),
    **dict.fromkeys(["first_name", "given_name", "firstname"], _picked("first_name")),
    **dict.fromkeys(["last_name", "family_name", "surname", "lastname"], _picked("last_name")),
    **dict.fromkeys(
        ["full_name", "author", "owner", "person", "contact", "user_full_name", "artist",
         "contact_name", "customer_name", "author_name", "owner_name", "created_by", "updated_by",
         "recipient", "sender", "passenger_name"],
        _person,
    ),
    **dict.fromkeys(["username", "user_name", "login", "nickname", "handle"], _user_name),
    **dict.fromkeys(
        ["company", "organization", "organisation", "vendor", "brand", "employer", "publisher",
         "company_name", "organization_name", "operator"],
        _picked("company"),
    ),
    **dict.fromkeys(["city", "town", "city_name"], _picked("city")),
    **dict.fromkeys(["country", "country_code", "nationality"], _picked("country_code")),
    **dict.fromkeys(["country_name"], _picked("country")),
    **dict.fromkeys(["region", "province", "county", "state_name"], _picked("state")),
    **dict.fromkeys(
        ["street", "address", "address_line1", "address_line_1", "street_address"],
        _picked("street_address"),
    ),
    **dict.fromkeys(["formatted_address", "full_address"], _picked("street_address")),
    **dict.fromkeys(
        ["zip", "zip_code", "zipcode", "postal_code", "postcode"], _picked("postcode")
    ),
    **dict.fromkeys(["phone", "phone_number", "telephone", "mobile", "fax"], _phone),
    **dict.fromkeys(["currency", "currency_code"], _one_of("USD", "EUR", "GBP", "JPY")),
    **dict.fromkeys(["locale"], _one_of("en-US", "de-DE", "fr-FR", "ja-JP")),
    **dict.fromkeys(["language", "lang", "language_code"], _one_of("en", "de", "fr", "ja")),
    **dict.fromkeys(
        ["timezone", "time_zone", "tz"],
        _one_of("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"),
    ),
    **dict.fromkeys(["colour", "color"], _colour),
    **dict.fromkeys(["version"], _version),
    **dict.fromkeys(["filename", "file_name", "file"], _file_name),
    **dict.fromkeys(
        ["mime_type", "content_type", "media_type", "mimetype"],
        _one_of("application/json", "application/pdf", "image/png", "text/plain"),
    ),
    **dict.fromkeys(["path", "pathname"], _path),
    **dict.fromkeys(["host", "hostname", "domain", "domain_name"], _host),
    **dict.fromkeys(["ip", "ip_address"], _ipv4),
    **dict.fromkeys(["slug", "permalink"], _slug),
    **dict.fromkeys(["id", "uid", "identifier", "cursor"], _identifier),
    **dict.fromkeys(["uuid", "guid"], _uuid),
    **dict.fromkeys(["token", "secret", "api_key", "password", "signature"], _hash(32)),
    **dict.fromkeys(["hash", "sha256", "checksum", "digest"], _hash(64)),
    **dict.fromkeys(["sha", "sha1", "commit"], _hash(40)),
    **dict.fromkeys(["md5", "etag"], _hash(32)),
    **dict.fromkeys(["code", "sku", "reference", "serial_number"], _code),
    **dict.fromkeys(["status", "state"], _one_of("active", "pending", "completed")),
    **dict.fromkeys(["level", "severity"], _one_of("low", "medium", "high")),
    **dict.fromkeys(["title", "headline", "subject", "caption", "tagline"], _title),
    **dict.fromkeys(["name", "display_name", "label"], _thing),
    **dict.fromkeys(
        ["description", "summary", "text", "comment", "comments", "note", "notes", "message",
         "content", "body", "detail", "details", "reason", "bio", "about", "instructions"],
        _sentence,
    ),
    **dict.fromkeys(
        ["at", "timestamp", "date_time", "datetime", "created", "updated", "modified", "time",
         "start_time", "end_time"],
        _date_time,
    ),
    **dict.fromkeys(["date", "on", "birthday", "birthdate", "date_of_birth", "dob"], _date),
    **dict.fromkeys(["user_agent"], _always("Mozilla/5.0 (X11; Linux x86_64)")),
    **dict.fromkeys(["gender"], _one_of("female", "male", "other")),
    **dict.fromkeys(["job", "job_title", "occupation"], _picked("job")),
    **dict.fromkeys(
        ["price", "amount", "cost"],
        lambda _, stream: f"{stream.between(1, 499)}.{stream.between(0, 99):02}",
    ),
    "": _word,
}  # fmt: skip
