"""How an officer wants to see Amparo."""
