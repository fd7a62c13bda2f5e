"""`python -m locum`."""

from locum.cli.main import run

run()
