"""Readers of files that nobody vouches for: bounded by the size of the file, without executing anything in it."""
