"""The environment read once into a frozen value."""
