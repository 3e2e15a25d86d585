"""The HTTP faces: partner endpoints, the API, the operator pages."""
