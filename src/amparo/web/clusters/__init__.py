"""Which files belong together: near copies, of one camera, one file in several exhibits."""
