"""The web process: owner of the record, and the guard before every reply."""
