"""Reconcile and what wakes it."""
