"""Property tests on machines that do other things too: how long drawing an example takes says nothing."""

import functools

from hypothesis import HealthCheck, settings

calm = functools.partial(settings, suppress_health_check=[HealthCheck.too_slow])
"""`settings` without clocks."""
