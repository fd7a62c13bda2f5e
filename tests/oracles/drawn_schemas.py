"""Schemas of nearly all keywords, and values that are often valid for them, as Hypothesis draws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0]),
    st.sampled_from("abc"),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    names = st.lists(st.sampled_from("abc"), max_size=2, unique=True)
    by_name = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    size = st.integers(0, 3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
            "const": VALUES,
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "allOf": some, "anyOf": some, "oneOf": some, "not": inner,
            "if": inner, "then": inner, "else": inner,
            "properties": by_name, "patternProperties": by_name, "additionalProperties": inner,
            "propertyNames": inner, "required": names,
            "dependentRequired": st.dictionaries(st.sampled_from("abc"), names, max_size=2),
            "dependentSchemas": by_name,
            "minProperties": size, "maxProperties": size,
            "items": inner, "prefixItems": some, "contains": inner, "minContains": size,
            "maxContains": size, "minItems": size, "maxItems": size, "uniqueItems": st.booleans(),
            "minLength": size, "maxLength": size, "pattern": st.sampled_from(["a", "^b$"]),
            "minimum": size, "maximum": size, "exclusiveMinimum": size, "exclusiveMaximum": size,
            "multipleOf": st.sampled_from([1, 2, 0.5]),
        },
    )  # fmt: skip


SCHEMAS = st.recursive(st.booleans(), schemas, max_leaves=5)
