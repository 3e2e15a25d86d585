"""The background threads and processes that take jobs from the store."""
