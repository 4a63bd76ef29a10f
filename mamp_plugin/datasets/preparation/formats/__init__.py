"""Data sets and file formats, one module each."""
