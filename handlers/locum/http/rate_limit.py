"""So many requests in so many seconds from each caller, as the vendors allow."""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from attrs import field, frozen

from locum.exceptions import RateLimited

_TEXT = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})\Z", re.ASCII)
MOST_CALLERS = 10_000


@frozen(eq=False)
class RateLimit:
    """A caller is answered `requests` times in any `seconds` seconds. `clock` tells seconds; `most`
    callers are remembered; of more, those that asked longest ago are forgotten."""

    requests: int
    seconds: int
    clock: Callable[[], float] = time.monotonic
    most: int = MOST_CALLERS
    _answered: OrderedDict[str, deque[float]] = field(factory=OrderedDict, init=False)

    @classmethod
    def parse(cls, text: str) -> RateLimit:
        """The limit written REQUESTS/SECONDS, such as 1/10. Raises ValueError."""
        found = _TEXT.match(text)
        if found is None:
            raise ValueError(f"{text!r} is not REQUESTS/SECONDS, such as 1/10")
        return cls(int(found[1]), int(found[2]))

    def count(self, caller: str) -> None:
        """One request of the caller's. Raises RateLimited where it is one too many; such a request
        does not count."""
        now = self.clock()
        times = self._answered.setdefault(caller, deque(maxlen=self.requests))
        self._answered.move_to_end(caller)
        if len(self._answered) > self.most:
            self._answered.popitem(last=False)
        if len(times) == self.requests:
            wait = times[0] + self.seconds - now
            if wait > 0:
                raise RateLimited(math.ceil(wait))
        times.append(now)
