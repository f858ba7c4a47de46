"""Sentry: reading what it sends, calling what it offers."""
