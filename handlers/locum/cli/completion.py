"""What a shell completes where a command takes the name of a dataset or provider.

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


def complete_provider_or_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the bundled and installed providers whose names begin with `incomplete`, none of them
    loaded, and let the shell complete files, and folders as the way to them."""
    del context, parameter
    from locum import providers  # noqa: PLC0415  # which takes long to import

    found = [CompletionItem(name) for name in providers.names() if name.startswith(incomplete)]
    return [CompletionItem(incomplete, type="file"), *found]
