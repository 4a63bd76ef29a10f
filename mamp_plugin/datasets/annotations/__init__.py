"""Reading, checking and storing annotations."""
