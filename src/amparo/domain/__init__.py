"""Values and rules without I/O. Every floor may import it; it imports none."""
