"""Figures about alerts and about how good the verdicts are."""
