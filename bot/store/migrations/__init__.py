"""The schema's history: `env.py` runs it, `versions` holds it, one file a step."""
