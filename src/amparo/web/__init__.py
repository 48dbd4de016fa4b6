"""Amparo in the browser: one folder for each screen. `python -m amparo.web` serves it; `amparo serve` starts that."""
