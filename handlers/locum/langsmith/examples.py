"""Examples: lists of them, how many match, and one of them, of a tenant or of a shared dataset."""

from __future__ import annotations

from typing import Any

from locum.engine.data import Data, Parameters
from locum.exceptions import InvalidRequest, InvalidValue, NotFound
from locum.langsmith import selection
from locum.langsmith import timestamps as times
from locum.langsmith.containment import object_of
from locum.langsmith.dataset_rows import datasets_of
from locum.langsmith.filters.example_fields import EXAMPLES, mentioned
from locum.langsmith.filters.json_fields import contains_object
from locum.langsmith.serializers import EXAMPLE_COLUMNS, Example, example_fields

LATEST = "latest"  # the one tag of versions
_COST = 3_000  # to write and check an example, in units of `engine.data.Work`

# The names of an example's splits: a text or a list of them, "base" where there is none.
SPLITS = """
    CASE json_type(examples.metadata, '$.dataset_split')
        WHEN 'VARCHAR' THEN [examples.metadata ->> '$.dataset_split']
        WHEN 'ARRAY' THEN if(
            json_array_length(examples.metadata, '$.dataset_split') = 0,
            ['base'], examples.metadata ->> '$.dataset_split[*]'
        )
        ELSE ['base']
    END
"""

# What examples are ordered by, and whether the greatest is first unless `descending` says it.
_CHANGED = "coalesce(examples.modified_us, examples.created_us)"
_ORDERS = {
    "recent": (_CHANGED, True),
    "recently_created": ("examples.created_us", True),
    "id": ("examples.id", False),
}

# Always there: what the document requires. Beside it, unless `exclude_default_fields` is set, what
# the vendor's SDK says comes with every select.
_REQUIRED = ("id", "name", "dataset_id", "inputs")
_DEFAULT = ("created_at", "modified_at")


def read_examples(data: Data, tenant: str, /, **asked: Any) -> list[dict[str, Any]]:
    """Answer with the page of the tenant's examples that match, in the order that is asked for.

    All parameters are ANDed. `id` and `dataset` name what is wanted; `metadata` is a JSON object
    that is contained; `splits` has one of the example's splits; each text of `full_text_contains`
    occurs in a key or value of inputs, outputs or metadata, in any letter case. Of `as_of`, see
    `changed_by`. Orders: "recent" by the last change and "recently_created" by the creation, the
    latest first and those without a time last; "id"; "random", the same for the same random_seed.
    `descending` puts the greatest first, or the least; ties ascend by id. Of `select`, see
    `_shown`. `inline_s3_urls` changes nothing, for nothing of a dataset is stored elsewhere.
    Raises NotFound for an unknown dataset, FilterError, and InvalidRequest.
    """
    parameters = Parameters()
    condition = _of_tenant(data, tenant, asked, parameters)
    return _page(data, condition, parameters, asked)


def count_examples(data: Data, tenant: str, /, **asked: Any) -> int:
    """Answer with the number of the tenant's examples that match, as `read_examples` says."""
    parameters = Parameters()
    return _count(data, _of_tenant(data, tenant, asked, parameters), parameters)


def read_example(
    data: Data,
    tenant: str,
    example_id: str,
    as_of: str = LATEST,
    dataset: str | None = None,
) -> dict[str, Any]:
    """Answer with one of the tenant's examples: 404 where there is none of that id, in that
    dataset, as of then."""
    asked = {"id": [example_id], "as_of": as_of, "dataset": dataset}
    parameters = Parameters()
    condition = _of_tenant(data, tenant, asked, parameters)
    found = _rows(data, condition, parameters, "ORDER BY examples.id")
    if not found:
        raise NotFound("example", example_id)
    return example_fields(found[0])


def read_shared_examples(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    **asked: Any,
) -> list[dict[str, Any]]:
    """Answer with the page of a shared dataset's examples that match, as `read_examples` says, the
    last that was changed first: 404 for an unknown token."""
    parameters = Parameters()
    condition = _of_token(data, share_token, asked, parameters)
    return _page(data, condition, parameters, asked)


def count_shared_examples(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    **asked: Any,
) -> int:
    """Answer with the number of a shared dataset's examples that match: 404 for an unknown
    token."""
    parameters = Parameters()
    return _count(data, _of_token(data, share_token, asked, parameters), parameters)


def changed_by(as_of: str, parameters: Parameters) -> str:
    """Return whether the example's last change was at that time or before: what the document says
    of `as_of`. A dataset knows an example as its last change left it, so that one which was changed
    later is not there, though it may have been (our choice).

    Raises NotFound, as `version_at` does.
    """
    moment = version_at(as_of)
    if moment is None:
        return "TRUE"
    return f"coalesce({_CHANGED} <= {parameters.add(moment)}, FALSE)"


def version_at(as_of: str) -> int | None:
    """Return the microseconds of a time, which is in UTC where it names no zone, and None for
    "latest". Any other text is the tag of a version, and there is none: NotFound."""
    if as_of == LATEST:
        return None
    try:
        return times.microseconds(times.in_utc(as_of))
    except ValueError:
        raise NotFound("version", as_of) from None


def contained(column: str, text: str, parameters: Parameters) -> str:
    """Return whether the JSON object of the parameter `metadata` is contained in the column, as
    `has` in filters says; an empty one asks for nothing. Raises InvalidRequest."""
    needle = object_of(text, "metadata")
    if not needle:
        return "TRUE"
    try:
        return contains_object(column, needle, parameters)
    except ValueError as error:
        message = f"Found {text!r:.80}, expected {error}"
        fault = InvalidValue(("query", "metadata"), message, "value_error", text)
        raise InvalidRequest((fault,)) from None


def _of_tenant(data: Data, tenant: str, asked: dict[str, Any], parameters: Parameters) -> str:
    if asked.get("dataset") is not None:
        of_it = parameters.add(selection.dataset_of(data, tenant, asked["dataset"]))
        scope = f"examples.dataset_id = {of_it}"
    else:
        # No subquery: it is a join, which takes twenty times as long.
        owned = parameters.add([dataset.id for dataset in datasets_of(data, tenant)])
        scope = f"list_contains(CAST({owned} AS VARCHAR[]), examples.dataset_id)"
    return _condition(scope, asked, parameters)


def _of_token(data: Data, token: str, asked: dict[str, Any], parameters: Parameters) -> str:
    dataset_id, _ = selection.shared_dataset(data, token)
    return _condition(f"examples.dataset_id = {parameters.add(dataset_id)}", asked, parameters)


def _condition(scope: str, asked: dict[str, Any], parameters: Parameters) -> str:
    conditions = [scope, changed_by(asked.get("as_of", LATEST), parameters)]
    if asked.get("id") is not None:
        ids = parameters.list([id_.lower() for id_ in asked["id"]])
        conditions.append(f"lower(examples.id) IN ({ids})")
    if asked.get("metadata") is not None:
        conditions.append(contained("examples.metadata", asked["metadata"], parameters))
    if asked.get("splits") is not None:
        splits = parameters.add(asked["splits"])
        conditions.append(f"list_has_any({SPLITS}, CAST({splits} AS VARCHAR[]))")
    texts = asked.get("full_text_contains") or ()
    conditions += [mentioned(text, parameters) for text in texts]
    if asked.get("filter") is not None:
        conditions.append(EXAMPLES.condition(asked["filter"], parameters))
    return " AND ".join(conditions)


def _count(data: Data, condition: str, parameters: Parameters) -> int:
    statement = f"SELECT count(*) FROM langsmith_examples AS examples WHERE {condition}"
    ((count,),) = data.rows(statement, parameters)
    return int(count)


def _page(
    data: Data, condition: str, parameters: Parameters, asked: dict[str, Any]
) -> list[dict[str, Any]]:
    order = _order(asked, parameters)
    page = parameters.page(asked.get("limit", 100), asked.get("offset", 0))
    ending = f"ORDER BY {order} {page}"
    found = _rows(data, condition, parameters, ending)
    return [_shown(example, asked) for example in found]


def _rows(data: Data, condition: str, parameters: Parameters, ending: str = "") -> list[Example]:
    columns = ", ".join(f"examples.{column}" for column in EXAMPLE_COLUMNS)
    statement = f"SELECT {columns} FROM langsmith_examples AS examples WHERE {condition} {ending}"
    found = [Example(*row) for row in data.rows(statement, parameters)]
    data.spend(_COST * len(found))
    return found


def _order(asked: dict[str, Any], parameters: Parameters) -> str:
    order = asked.get("order", "recent")
    if order == "random":
        seed = parameters.add(str(float(asked.get("random_seed") or 0)))
        column, descends = f"md5(concat({seed}, ' ', examples.id))", False
    elif asked.get("random_seed") is not None:
        message, found = "Changes nothing without order=random", asked["random_seed"]
        fault = InvalidValue(("query", "random_seed"), message, "value_error", found)
        raise InvalidRequest((fault,))
    else:
        column, descends = _ORDERS[order]
    if asked.get("descending") is not None:
        descends = asked["descending"]
    return f"{column} {'DESC' if descends else 'ASC'} NULLS LAST, examples.id"


def _shown(example: Example, asked: dict[str, Any]) -> dict[str, Any]:
    """The example in the fields that are selected, and in those that always come; the others are
    absent."""
    shown = example_fields(example)
    if asked.get("select") is None:
        return shown
    wanted = {*_REQUIRED, *asked["select"]}
    if not asked.get("exclude_default_fields"):
        wanted |= {*_DEFAULT}
    return {name: value for name, value in shown.items() if name in wanted}
