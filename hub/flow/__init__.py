"""The use cases, one verb per file: accept, process, deliver and their sisters."""
