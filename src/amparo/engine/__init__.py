"""Runs a plan over an exhibit in worker processes that may be killed."""
