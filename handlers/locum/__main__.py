"""`python -m understudy`."""

from locum.cli.main import run

run()
