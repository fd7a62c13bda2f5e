"""The generator of the bundled datasets: one seeded world, seen by both providers.

It is imported only where a dataset is generated or checked: its libraries take long to load.
"""
