"""How long a test waits for what must come. Only a failing test waits so long, and no busy machine fails one."""

PATIENCE = 60.0
"""Seconds."""
