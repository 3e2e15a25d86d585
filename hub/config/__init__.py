"""YAML files to checked values: positions kept, every mistake at once."""
