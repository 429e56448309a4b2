"""What the tests share: the embedded data, opened once, and how hypothesis works here."""

import pytest
from hypothesis import HealthCheck, settings

from matcher import Matcher

settings.register_profile(
    "maillage",
    deadline=None,  # no timed assertion: the machine may be busy
    derandomize=True,  # the same run twice says the same
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("maillage")


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    """The embedded data; nothing in a matcher changes once it is open."""
    return Matcher.open()
