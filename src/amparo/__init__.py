"""Amparo: the open-source workbench for the police side of operations against child sexual exploitation online."""

__version__ = "0.1.0"
