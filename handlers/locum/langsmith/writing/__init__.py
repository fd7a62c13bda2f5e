"""What is written of projects, feedback, datasets and examples: a writer for each operation.

A writer is called with a transaction, the tenant, and, by name, what its operation has read of the
request; it returns the answer, as a handler does. Where it raises, nothing has been changed: the
transaction ends with nothing of it.

    row        what a table's file would have of it (`rows`); whose it is, nobody else sees
    stamps     the time that it is, and ids that nobody has
    unheld     what no table has a column for is refused by its name
"""
