"""The demo's modules are plain files beside its scripts; its tests import them as the scripts do."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "demo"), str(ROOT / "benchmarks")]
