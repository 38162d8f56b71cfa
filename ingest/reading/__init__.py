"""A file's bytes -> sheets of raw cells, whatever their format, bounded and without trust. Nothing is interpreted here."""
