"""How every test runs: figures without a screen, and generated examples that CI can repeat."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")

# How long one example takes on a shared machine says nothing about the law that it tests.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("exploring", _patient)
settings.register_profile("ci", _patient, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "exploring")
