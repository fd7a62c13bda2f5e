"""What a call to a model's provider is named on either side: LangChain's client class, and the
address."""

from __future__ import annotations

CLIENTS = {"ANTHROPIC": "ChatAnthropic", "OPENAI": "ChatOpenAI", "GOOGLE": "ChatGoogleGenerativeAI"}
ADDRESSES = {
    "ANTHROPIC": "https://api.anthropic.com/v1/messages",
    "OPENAI": "https://api.openai.com/v1/chat/completions",
    "GOOGLE": "https://generativelanguage.googleapis.com/v1beta/models",
}
