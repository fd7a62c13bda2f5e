"""OTLP, the protocol of OpenTelemetry: the traces that a request holds, and how it is answered.

Nothing here knows what a vendor makes of a span.
"""
