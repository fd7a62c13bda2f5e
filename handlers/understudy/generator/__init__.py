"""The generator of the bundled datasets: one seeded world, seen by both providers.

It needs the extra `fixtures` (faker, numpy), and only the scripts and the command line import it.
"""
