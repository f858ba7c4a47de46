"""PNG pictures in fewer bytes, without loss: the browser compresses in haste, and filters what is flat already."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BYTES = {2: 3, 6: 4}
"""Colour type → bytes of a pixel; the browser writes 8 bits a channel."""


def pressed(png: bytes) -> bytes:
    """The same pixels, unfiltered and compressed with patience: a page is mostly flat colour."""
    chunks = list(_chunks(png))
    header = next(data for kind, data in chunks if kind == b"IHDR")
    width, height, _depth, colour = struct.unpack(">IIBB", header[:10])
    filtered = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    rows = _rows(filtered, height, width * BYTES[colour], BYTES[colour])
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _rows(filtered: bytes, height: int, length: int, pixel: int) -> Iterator[bytes]:
    """Each row as it looks: what stands in the file is its difference from its neighbours."""
    above = bytes(pixel + length)  # with one pixel of nothing on the left, so that every byte has all its neighbours
    for y in range(height):
        start = y * (length + 1)
        row = bytearray(pixel) + filtered[start + 1 : start + 1 + length]
        _undo(filtered[start], row, above, pixel)
        above = bytes(row)
        yield above[pixel:]


def _undo(kind: int, row: bytearray, above: bytes, pixel: int) -> None:
    for at in range(pixel, len(row)):
        left, up, corner = row[at - pixel], above[at], above[at - pixel]
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        row[at] = (row[at] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    """The neighbour nearest to what a slope would give."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
