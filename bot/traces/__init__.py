"""Stack traces that people paste, in the words of seven languages, read as exceptions. Pure."""
