"""Our context rules beside general clinical negation packages, on the same spans of the same messages."""
