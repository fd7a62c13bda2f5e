"""OpenTelemetry's spans as runs."""
