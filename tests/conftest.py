"""What holds for all tests."""

from hypothesis import settings

# Hypothesis by itself fails an example that takes 200 ms: on a busy machine every one may.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
