"""The HTTP faces: partner endpoints, the API, health; later the operator's pages."""
