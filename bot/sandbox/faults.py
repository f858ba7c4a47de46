"""Faults that a test orders in advance: the next calls of a method fail in a chosen way.

`performed` says whether the call takes effect before it fails. That is the case that posts twice in real life:
the message stands, the connection drops, and the caller does not know.
"""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls."""

    method: str
    name: str
    times: int = 1
    performed: bool = False
    error: str = ""
    status: int = 200
    retry_after: int | None = None
    hang_up: bool = False


class Faults:
    """The faults that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._gates: dict[str, asyncio.Event] = {}

    def refuse(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer with Slack's error code `error`."""
        self._waiting.append(Fault(method, f"refused: {error}", times, error=error))

    def limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """Answer 429 with Retry-After."""
        fault = Fault(method, "429", times, error="ratelimited", status=429, retry_after=retry_after)
        self._waiting.append(fault)

    def break_down(self, method: str, *, status: int = 503, times: int = 1, performed: bool = False) -> None:
        """Answer 5xx."""
        fault = Fault(method, str(status), times, performed, error="internal_error", status=status)
        self._waiting.append(fault)

    def hang_up(self, method: str, *, times: int = 1, performed: bool = True) -> None:
        """Drop the connection instead of an answer."""
        self._waiting.append(Fault(method, "hung up", times, performed, error="hung_up", hang_up=True))

    def hold(self, method: str) -> asyncio.Event:
        """Let calls of `method` wait until the event that this returns is set."""
        return self._gates.setdefault(method, asyncio.Event())

    async def wait(self, method: str) -> None:
        """Wait where `hold` says so."""
        gate = self._gates.get(method)
        if gate is not None:
            await gate.wait()

    def open_all(self) -> None:
        """Let everybody go who waits: the server is stopping."""
        for gate in self._gates.values():
            gate.set()

    def next_for(self, method: str) -> Fault | None:
        """The fault of this call, used up by it."""
        for fault in self._waiting:
            if fault.method == method:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
