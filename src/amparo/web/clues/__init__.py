"""What files name that others name too: cameras by serial number, models, seeds, digests of prompts."""
