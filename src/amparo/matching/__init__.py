"""Compares with sets of known values, and items with each other: formats of hash sets, indexes, clusters."""
