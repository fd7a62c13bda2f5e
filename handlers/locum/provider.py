"""The contract between the core and an API: all that server, generator and importer know of it.

    Provider
      documents, handlers, writers, refused, aliases      its operations
      unfinished                                          what writers hold in no row
      uncached, budgeted                                  how they are computed
      raw, body_limits                                    what they take of a body
      read_body, explain, failure, credential, cors       its words and manners
      tables, derived, prepare, data                      its data
      sample, counted                                     its greeting
      world, exports                                      its part of the generator and importer

The bundled providers use nothing else, and so does one from outside (docs/providers.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    NUMBER,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
)
from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.engine.tables import Derived, Table
from locum.exceptions import InvalidValue
from locum.openapi.phrases import phrase

if TYPE_CHECKING:
    from locum.engine.data import Data
    from locum.engine.layer import Transaction
    from locum.openapi.schemas import Schema

__all__ = [
    "BOOLEAN",
    "CORS",
    "INTEGER",
    "INTEGER_MAP",
    "JSON",
    "NUMBER",
    "TEXT",
    "TEXTS",
    "TEXT_MAP",
    "TIME",
    "Answer",
    "Constraints",
    "Derived",
    "Export",
    "Exports",
    "Failure",
    "Gathering",
    "LeftOut",
    "Location",
    "Presented",
    "Provider",
    "RawBody",
    "Reference",
    "Rule",
    "Sample",
    "Table",
    "Tree",
    "Value",
    "Vocabulary",
    "WorldTables",
    "Writer",
]

Row = Mapping[str, Any]  # of a table: values by column, an absent one is null
Location = tuple[str | int, ...]  # where a value stands: ("body", "select", 0)
Faults = tuple[InvalidValue, ...]


@frozen
class Answer:
    """What a handler answers where it is not 200 with a JSON body. The status must be one that the
    operation documents, and the body fits that answer's schema; None is no body at all. Of a media
    type that is not JSON's it is a text, or bytes as they are to be sent."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(factory=dict)
    media_type: str = "application/json"


@frozen
class RawBody:
    """A request's body as it was sent, but for its Content-Encoding, which is undone; the headers
    by their names in lower case, of several of one name the first."""

    content: bytes
    headers: Mapping[str, str] = field(factory=dict)


# A handler is called in any thread with the data, the tenant (None for a public operation) and, by
# name, the operation's parameters and `body`; it returns a JSON value, which is 200, or an Answer.
Handler = Callable[..., Any]
# A writer is called as a handler is, with a transaction in the place of the data.
Writer = Callable[..., Any]


@frozen
class Presented:
    """The key and the tenant that a request presents, '' for none; `fault` is what is wrong where
    something is presented that cannot be read."""

    key: str
    tenant: str = ""
    fault: str = ""


def first_text(texts: Mapping[str, str]) -> Presented:
    """Take the first credential that is there for the key: what a document with one scheme, or
    several that say the same, means."""
    return Presented(next(filter(None, texts.values()), ""))


@frozen
class Failure:
    """A request that failed, before it has a vendor's shape: the status by default, what was wrong
    in one sentence, each fault of an invalid request, the exception, and the request's path, method
    and Content-Type."""

    status: int
    detail: str
    error: Exception
    path: str = ""
    faults: Faults = ()
    headers: Mapping[str, str] = field(factory=dict)
    method: str = ""
    content_type: str = ""


def problem(failure: Failure) -> tuple[int, Any]:
    """Shape a failure as problem details (RFC 9457), each fault under `errors`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase(failure.status) or "",
        "status": failure.status,
        "detail": failure.detail,
    }
    if failure.faults:
        body["errors"] = [
            {"location": list(fault.location), "detail": fault.message} for fault in failure.faults
        ]
    return failure.status, body


@frozen
class CORS:
    """Which pages of other origins may ask, and what they may read of an answer
    (https://fetch.spec.whatwg.org/#http-cors-protocol). Without `methods` they are those of the
    provider's documents. `credentials` admits cookies; then `*` answers each origin by its name."""

    origins: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ("*",)
    exposed: tuple[str, ...] = ("ETag", "Preference-Applied", "Retry-After")
    credentials: bool = False


@frozen
class Sample:
    """A request that works when it is pasted: the greeting prints it as a curl command."""

    path: str
    headers: Mapping[str, str] = field(factory=dict)
    body: str = ""


@frozen
class Rule:
    """What holds of every generated dataset: `select`, a statement over its plain tables, gives
    (row id, found) of each row of `table` in which `column` is not `expected`. It may use the
    parameter $now, the end of the dataset's time."""

    table: str
    column: str
    expected: str
    select: str


@frozen
class WorldTables:
    """A provider's tables of the generated world.

    `rows` draws the rows of each of its tables from a `locum.generator.world.World`, as they are
    read; `sizes` tells how many rows its large tables will have, for a progress bar. `rules` hold
    of them; `ids` are the columns that tell a table's rows apart, where it is not `id`.
    """

    rows: Callable[[Any], Mapping[str, Iterator[Row]]]
    sizes: Callable[[Any], Mapping[str, int]] = lambda _world: {}
    rules: Sequence[Rule] = ()
    ids: Mapping[str, tuple[str, ...]] = field(factory=dict)


@frozen
class Vocabulary:
    """What `--anonymise` leaves of a vendor's rows; it replaces every other text.

    - `columns` of a table stay whole. `contents` are those of what was said: every name, text and
      number in them is replaced. `labels` are those whose texts `--keep` may name.
    - Of metadata, properties and scores, `names` stay, and `named_values` with their values;
      `values` stay under the name given for them.
    - `categories` are names in maps of integers that stay, `texts` stay wherever they are.
    - `left_out` columns of a table are made of texts that are replaced, and mean nothing then.
    """

    columns: Mapping[str, Collection[str]] = field(factory=dict)
    contents: Mapping[str, Collection[str]] = field(factory=dict)
    labels: Mapping[str, Collection[str]] = field(factory=dict)
    names: Collection[str] = ()
    named_values: Collection[str] = ()
    values: Mapping[str, Collection[str]] = field(factory=dict)
    categories: Collection[str] = ()
    texts: Collection[str] = ()
    left_out: Mapping[str, Collection[str]] = field(factory=dict)


@frozen
class Export:
    """A kind of row in a vendor's exports.

    A row is of this kind where it has all of `fields`. It becomes one of `table`, told apart by the
    column `id` and owned by the column `tenant` (None: by the row it refers to). `read` makes the
    table's row of a `locum.importer.rows.ExportRow`; `unused` are known fields that no column has.
    """

    table: str
    id: str
    tenant: str | None
    fields: Collection[str]
    noun: str
    read: Callable[[Any], dict[str, Any]]
    unused: Collection[str] = ()


@frozen
class LeftOut:
    """What of an export, or of what was written, has no place in a dataset: a name for the count,
    and a sentence."""

    name: str
    count: int
    sentence: str


class Gathering(Protocol):
    """What follows from all rows of an import, gathered row by row."""

    def add(self, table: str, row: dict[str, Any], fields: Row) -> bool:
        """Take note of a row of a table, made of these fields of the export; return whether it may
        be written now (else `rows` gives it later)."""
        ...

    def rows(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Give further rows, each with its table, when every row has been added."""
        ...

    def left_out(self) -> Iterable[LeftOut]:
        """Tell what of the export was left out, when `rows` has been read."""
        ...


@frozen
class Exports:
    """A vendor's exports, as `locum fixtures import` reads them."""

    kinds: tuple[Export, ...]
    gather: Callable[[], Gathering] | None = None
    vocabulary: Vocabulary = field(factory=Vocabulary)


@frozen(kw_only=True, eq=False)
class Provider:
    """An API: what it serves, how it speaks, what its data are.

    - `name` stands in the dataset's table `keys`; `title` is the vendor's own way to write it.
    - `documents` are OpenAPI files, which are served as one document: the first, with what the
      others add. `<stem>.overlay.yaml` beside one changes the whole, and `<stem>.tolerated.yaml`
      what it is held to.
    - `handlers` by operationId, or by method and path ("GET /items") where there is none.
    - `writers`, named so too, answer operations that write: each is called with a
      `locum.engine.layer.Transaction` in the place of the data, one at a time for a dataset in a
      sandbox. What it writes is there when it returns; where it raises, nothing is.
    - `unfinished` tells what writers were given that is in no row yet (see `Transaction.kept`): it
      is asked when a dataset is saved, in a transaction that writes nothing.
    - `refused` operations, named so too, answer 403 with the sentence given for each.
    - `uncached` operations compute every answer anew: theirs depend on more than data and request.
    - `budgeted` operations tell by the `Parameters` of their statements, and by `Data.spend`, what
      they cost: those that are short are answered in the event loop, where others run in threads.
    - `raw` operations get their `body` as a `RawBody`, whatever its media type, and check it
      themselves; it may be packed by gzip or zstd. `body_limits` are the bytes that the bodies of
      operations may have, unpacked, where that is not 1 MiB.
    - `aliases` gives further paths of a path, as clients write it; an alias yields to a path that
      a served document has itself.
    - With a `strict_query` a query parameter that its documents do not name is refused by name, and
      `ids=` is one empty text; else the one is ignored, as OpenAPI has it, and the other is an
      empty array where an empty text is no item.
    - `credential` finds key and tenant among the texts that a request presents, by the name of the
      document's security scheme ('' where it presents none; without the word Bearer).
    - `read_body` makes the handler's body of the JSON value, with its faults; by default it is
      checked against its schema. `explain` words the faults of a value that breaks its schema, by
      default as the validator does.
    - `failure` shapes what went wrong: a status and a JSON body, else an `Answer`, whose headers
      come to those of the failure.
    - `tables` are what a dataset may hold for it, by names that begin with its own, each with what
      must hold of its rows; `derived` ones are made of them. `prepare` reads what handlers ask
      `Data.once` for; it is called with each dataset that is loaded. `data` is a folder of tables
      that serves where a dataset has none of the provider's.
    - `owner` is the tenant that any key opens in a dataset without keys, so that what is written
      to one is somebody's.
    - `sample` makes a request for the greeting, of the data, a key and its tenant; `counted` are
      the tables whose rows the greeting counts, each with the noun for them.
    - `world` and `exports` load the provider's part of the generator and of the importer, which a
      server never does.
    """

    name: str
    title: str = ""
    documents: tuple[Path, ...] = ()
    handlers: Mapping[str, Handler] = field(factory=dict)
    writers: Mapping[str, Writer] = field(factory=dict)
    unfinished: Callable[[Transaction], Iterable[LeftOut]] | None = None
    refused: Mapping[str, str] = field(factory=dict)
    uncached: Collection[str] = ()
    budgeted: Collection[str] = ()
    raw: Collection[str] = ()
    body_limits: Mapping[str, int] = field(factory=dict)
    aliases: Callable[[str], Iterable[str]] = lambda _path: ()
    strict_query: bool = False
    credential: Callable[[Mapping[str, str]], Presented] = first_text
    read_body: Callable[[Schema, Any], tuple[Any, Faults]] | None = None
    explain: Callable[[Schema, Any, Location], Faults] | None = None
    failure: Callable[[Failure], tuple[int, Any] | Answer] = problem
    cors: CORS = CORS()
    tables: Mapping[str, Table] = field(factory=dict)
    derived: tuple[Derived, ...] = ()
    prepare: Callable[[Data], object] | None = None
    data: Path | None = None
    owner: str | None = None
    sample: Callable[[Data, str, str], Sample | None] | None = None
    counted: Mapping[str, str] = field(factory=dict)
    world: Callable[[], WorldTables] | None = None
    exports: Callable[[], Exports] | None = None

    @property
    def functions(self) -> dict[str, Handler]:
        """What computes answers, by the operations' names: handlers and writers."""
        return {**self.writers, **self.handlers}
