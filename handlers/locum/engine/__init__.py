"""The engine: a dataset's tables, and statements over them."""
