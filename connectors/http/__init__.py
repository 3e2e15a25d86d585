"""Documents pushed over plain HTTP, both ways."""
