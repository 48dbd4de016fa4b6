"""Agencies of the operation, and the members of one's own."""
