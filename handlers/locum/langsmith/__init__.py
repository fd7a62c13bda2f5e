"""LangSmith's four operations, and what they are about: projects, threads, experiments."""
