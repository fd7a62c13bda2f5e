"""What runs say, drawn at random: inputs and outputs, metadata, events, what they use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tests.oracles.sent_things import Json, iso

FIRST = datetime(2026, 6, 20, tzinfo=UTC)
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")
MODELS = ("small", "small-mini", "large", "half-known", "unheard-of")
WORDS = ("the", "answer", "is", "große", "日本", "42", "naïve", "100%", 'a "quote"')
TAGS = ("prod", "test", "größe", "v2")
CATEGORIES = {"input": ("cache_read", "audio", "cache_creation"), "output": ("reasoning",)}


class Drawing:
    """Chances, and what is drawn by them."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw

    def new_id(self) -> str:
        return str(UUID(int=self.draw.getrandbits(128), version=4))

    def _maybe(self, value: Any, share: float = 0.5) -> Any:
        return value if self.draw.random() < share else None

    def _is(self, share: float) -> bool:
        return self.draw.random() < share

    def _text(self) -> str:
        return " ".join(self.draw.choices(WORDS, k=self.draw.randrange(1, 6)))

    def _time(self, days: float = 9) -> datetime:
        return FIRST + timedelta(microseconds=self.draw.randrange(int(days * 86_400_000_000)))

    def _later(self, time: datetime, seconds: float) -> datetime:
        return time + timedelta(microseconds=self.draw.randrange(1, int(seconds * 1e6)))

    # What runs say.

    def _contents(self) -> Json:
        """What a run is given or gives."""
        draw = self.draw
        contents: Json = {"text": self._text()}
        if self._is(0.3):
            contents["n"] = draw.choice((0, 1.5, -3, True, None, 2**53))
        if self._is(0.3):
            contents["messages"] = [{"role": "user", "content": self._text()}]
        return contents

    def _files(self) -> dict[str, tuple[str, bytes]]:
        names = self.draw.sample(("a.png", "b.c.txt", "größe 1"), self.draw.randrange(1, 3))
        return {name: ("image/png", self.draw.randbytes(20)) for name in sorted(names)}

    def _said(self, run_type: str, start: datetime, end: datetime | None) -> Json:
        draw = self.draw
        said: Json = {"inputs": self._contents()}
        if self._is(0.8):
            said["outputs"] = self._contents()
        if self._is(0.15):
            said["error"] = f"Error({self._text()})"
        if self._is(0.5):
            said["tags"] = draw.sample(TAGS, draw.randrange(3))
        metadata = self._metadata()
        if self._is(0.6 if run_type == "llm" else 0.15):
            self._use(said, metadata, run_type)
        if metadata or self._is(0.8):
            said["metadata"] = metadata
        if self._is(0.4):
            said["extra"] = {"invocation_params": {"temperature": draw.choice((0, 0.7))}, "k": "v"}
        if self._is(0.6):
            said["runtime"] = {"sdk": "langsmith-py", "sdk_version": draw.choice(("0.9.2", "1"))}
        if self._is(0.4 if run_type == "llm" else 0.05):
            length = (end - start) if end is not None else timedelta(seconds=5)
            span = draw.choice((1, 1, 1, -0.1, 1.2))  # some times are of another clock
            said["events"] = [
                {"name": name, "time": iso(start + draw.random() * span * length)}
                for name in draw.choices(("new_token", "start", "end"), k=draw.randrange(1, 4))
            ]
        if self._is(0.2):
            said["serialized"] = {"lc": 1, "id": ["langchain", self._text()]}
        return said

    def _metadata(self) -> Json:
        draw, metadata = self.draw, Json()
        for key in draw.sample(THREAD_KEYS, draw.choice((0, 1, 1, 1, 2))):
            metadata[key] = draw.choice(("thread-1", "thread-2", "trå", str(UUID(int=7)), 12))
        if self._is(0.7):
            metadata["ls_model_name"] = draw.choice(MODELS)
            metadata["model"] = metadata["ls_model_name"]
        if self._is(0.6):
            metadata["ls_provider"] = draw.choice(("acme", "ACME", "other"))
        if self._is(0.5):
            metadata["user_id"] = draw.choice(("u1", "ü2", 3))
        if self._is(0.2):
            metadata["nested"] = {"list": [1, self._text(), None], "flag": self._is(0.5)}
        return metadata

    def _use(self, said: Json, metadata: Json, run_type: str) -> None:
        """Tell what the run uses, in one of the places, or in two: then it counts once."""
        outputs = said.setdefault("outputs", {}) if self._is(0.8) else None
        if outputs is not None and run_type == "llm" and self._is(0.3):
            names = self.draw.choice(
                (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
            )
            outputs["usage"] = {name: self.draw.randrange(900) for name in names}
            return
        told = self._usage_metadata()
        if outputs is not None:
            outputs["usage_metadata"] = told
        if outputs is None or self._is(0.3):
            metadata["usage_metadata"] = told if self._is(0.7) else self._usage_metadata()

    def _usage_metadata(self) -> Json:
        draw = self.draw
        told: Json = {}
        for side, categories in CATEGORIES.items():
            if self._is(0.95):
                told[f"{side}_tokens"] = draw.choice((0, 1, 19, draw.randrange(10**6)))
            if self._is(0.4):
                few = draw.sample(categories, draw.randrange(len(categories) + 1))
                told[f"{side}_token_details"] = {name: draw.randrange(20) for name in few}
            if self._is(0.25):
                told[f"{side}_cost"] = self._cost()
                if self._is(0.5):
                    told[f"{side}_cost_details"] = {draw.choice(categories): self._cost()}
        if self._is(0.5):
            told["total_tokens"] = told.get("input_tokens", 0) + told.get("output_tokens", 0)
        if self._is(0.1):
            told["total_cost"] = self._cost()
        return told

    def _cost(self) -> float | str | int:
        return self.draw.choice((0, 0.1, "0.0000000005", 2.5e-9, "0.0000000015", 0.00042, "1.25"))

    def _parameters(self) -> Json:
        return {"invocation_params": {"temperature": 0.5}} if self._is(0.5) else {}

    def _kwargs(self) -> Json:
        return {"n": self.draw.randrange(9), "text": self._text()} if self._is(0.5) else {}
