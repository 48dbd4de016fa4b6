"""Reports: made for somebody, with a justification, and the register of those that were handed out."""
