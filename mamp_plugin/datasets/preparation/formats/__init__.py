"""One module per data set or file format."""
