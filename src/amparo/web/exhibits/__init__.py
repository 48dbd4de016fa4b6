"""Exhibits: register, examine, watch, and see what was read and what was not."""
