"""How thorough tests are: less by default, so that all of them take less than a quarter of an hour."""

import os

THOROUGH = bool(os.environ.get("AMPARO_THOROUGH"))
"""Whether all is wanted, however long it takes."""
