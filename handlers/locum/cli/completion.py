"""What a shell completes where a command takes the name of a dataset.

click writes the shell's part: `_LOCUM_COMPLETE=bash_source locum` (also zsh_source, fish_source).
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from locum.datasets import dataset as datasets


def complete_dataset(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the bundled datasets whose names begin with `incomplete`."""
    del context, parameter
    return [CompletionItem(name) for name in datasets.names() if name.startswith(incomplete)]


def complete_dataset_or_folder(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the same, and let the shell complete folders."""
    # The folders come first: click's script for bash forgets the names that stand before them.
    names = complete_dataset(context, parameter, incomplete)
    return [CompletionItem(incomplete, type="dir"), *names]


def complete_dataset_or_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the same, and let the shell complete files."""
    names = complete_dataset(context, parameter, incomplete)
    return [CompletionItem(incomplete, type="file"), *names]
