"""Helicone's operations that write, as changes of its tables.

logs        calls of models, as loggers and exporters of OpenTelemetry send them
said        what is said of a request later: feedback, scores, properties
sessions    tags and feedback of sessions
stored      the rows as they are, and what is kept beside them
"""
