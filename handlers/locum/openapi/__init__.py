"""OpenAPI documents: read, changed by overlays, checked, compiled."""
