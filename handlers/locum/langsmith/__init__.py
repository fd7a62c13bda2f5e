"""LangSmith: its operations, and what they are about: projects, threads, runs, experiments."""

from locum.langsmith.provider import PROVIDER

__all__ = ["PROVIDER"]
