"""Datasets: folders of tables, and how they are written and told apart."""
