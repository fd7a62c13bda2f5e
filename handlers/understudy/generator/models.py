"""The language models of the world, with their prices."""

from __future__ import annotations

from attrs import frozen


@frozen
class Model:
    """A model and what a token of each category costs, in nano-USD (USD per million, times 1000).

    `cache_creation` 0 means that the provider does not charge for writing its cache, and reports
    none; `audio_prompt` 0 that the model takes no audio.
    """

    name: str
    provider: str
    prompt: int
    completion: int
    cache_read: int
    cache_creation: int = 0
    audio_prompt: int = 0
    audio_completion: int = 0
    reasons: bool = False


# List prices as published by the providers in 2025.
MODELS = (
    Model("claude-sonnet-4", "ANTHROPIC", 3000, 15000, 300, cache_creation=3750),
    Model("claude-3-5-haiku", "ANTHROPIC", 800, 4000, 80, cache_creation=1000),
    Model("gpt-4.1", "OPENAI", 2000, 8000, 500),
    Model("gpt-4o-mini", "OPENAI", 150, 600, 75),
    Model("o4-mini", "OPENAI", 1100, 4400, 275, reasons=True),
    Model(
        "gpt-4o-audio-preview",
        "OPENAI",
        2500,
        10000,
        1250,
        audio_prompt=40000,
        audio_completion=80000,
    ),
    Model("gemini-2.5-flash", "GOOGLE", 300, 2500, 75, reasons=True),
)

# What a call to a provider is named on either side: LangChain's client class, and the address.
CLIENTS = {"ANTHROPIC": "ChatAnthropic", "OPENAI": "ChatOpenAI", "GOOGLE": "ChatGoogleGenerativeAI"}
ADDRESSES = {
    "ANTHROPIC": "https://api.anthropic.com/v1/messages",
    "OPENAI": "https://api.openai.com/v1/chat/completions",
    "GOOGLE": "https://generativelanguage.googleapis.com/v1beta/models",
}


def index(name: str) -> int:
    """Where the model stands in MODELS."""
    return next(i for i, model in enumerate(MODELS) if model.name == name)
