"""Cells of a CSV file that a spreadsheet may open: titles, names and details are hostile text."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would take it for a formula, and run it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
