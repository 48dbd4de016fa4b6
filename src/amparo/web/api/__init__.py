"""The same workbench for other programs: JSON over HTTP, with tokens, under the same need to know."""
