"""The operation at a glance."""
