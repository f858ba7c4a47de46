"""A transport for httpx2 that stops reading an answer before it fills the memory.

Imported by `wire` when the first request is made, with the library that it belongs to.
"""

from collections.abc import AsyncIterator

import httpx2

MOST_BYTES = 256_000
"""An answer larger than this is not read to its end."""
TOO_LARGE = "the answer is too large"


def bounded(inner: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
    """`inner`, but reading more than `MOST_BYTES` of an answer is a `ReadError` that says `TOO_LARGE`."""
    return _Transport(inner)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MOST_BYTES:
                raise httpx2.ReadError(TOO_LARGE)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Stream(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
