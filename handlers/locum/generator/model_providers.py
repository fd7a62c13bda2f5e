"""The providers of models that a recipe may name."""

from __future__ import annotations

NAMES = ("ANTHROPIC", "OPENAI", "GOOGLE")
