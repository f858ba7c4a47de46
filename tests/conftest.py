"""What holds for all tests."""

import os

from hypothesis import settings

# Hypothesis by itself fails an example that takes 200 ms: on a busy machine every one may.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """Processes that run tests: more than there are cores, since a scenario waits half of its time."""
    return (os.cpu_count() or 1) * 3 // 2
