"""The workbench: the Python API, and the one place where everything is put together.

Nothing else reads the environment, opens the database and the keys, or looks for what outsiders bring.
"""

from amparo.workbench.loose import calibrate_detector, cross_check, hash_files, origin_of_files
from amparo.workbench.machine import (
    PluginBroken,
    analyzers,
    attached_parts,
    cluster,
    default_folder,
    detectors,
    formats,
)
from amparo.workbench.workbench import Workbench

__all__ = [
    "PluginBroken",
    "Workbench",
    "analyzers",
    "attached_parts",
    "calibrate_detector",
    "cluster",
    "cross_check",
    "default_folder",
    "detectors",
    "formats",
    "hash_files",
    "origin_of_files",
]
