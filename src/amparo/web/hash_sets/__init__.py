"""Hash sets: what there is, import with a preview, differences, look-ups, and notices."""
