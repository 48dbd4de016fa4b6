"""Files: search, count, walk through places, save searches, and export lists."""
