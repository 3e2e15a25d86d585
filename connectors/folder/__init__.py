"""Files in a folder: a drop folder in, a drop folder out."""
