"""One file: what is known of it, where it lies, how it came to be, and the evidence itself by a deliberate act."""
