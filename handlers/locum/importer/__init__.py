"""Exports of LangSmith and Helicone become a dataset folder. Only the command line imports it."""
