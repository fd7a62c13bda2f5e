"""Texts that no recipe changes: what talks are about, how runs fail, and who is asking."""

from __future__ import annotations

PRODUCTS = (
    "toaster",
    "desk lamp",
    "kettle",
    "headset",
    "rice cooker",
    "bike light",
    "caf\u00e9 grinder",
)
# Error messages by run type; those of models are the recipe's.
ERRORS = {
    "tool": "ToolException('HTTP 503 from upstream service')",
    "retriever": "ConnectionError('vector index is not reachable')",
    "embedding": "APIConnectionError('Connection error.')",
    "prompt": "KeyError(\"Input to PromptTemplate is missing variables {'question'}\")",
    "parser": "OutputParserException('Could not parse LLM output')",
    "chain": "ValueError('Unexpected state')",
}
COUNTRIES = ("US", "DE", "GB", "FR", "JP", "IN", "BR")
COUNTRY_WEIGHTS = (30, 20, 15, 10, 10, 10, 5)
TIERS = ("free", "pro", "enterprise")
