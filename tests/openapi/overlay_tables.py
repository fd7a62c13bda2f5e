"""The tables of specs/README.md, of the overlays.

`python -m tests.openapi.overlay_tables` writes them.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

SPECS = Path(__file__).parents[2] / "specs"
README = SPECS / "README.md"


def rows(overlay: Path) -> list[str]:
    """Return a row for each action: number, target, reason as in the overlay."""
    actions = yaml.safe_load(overlay.read_text())["actions"]
    return [
        f"| {number} | `{action['target']}` | {' '.join(action['description'].split())} |".replace(
            "||", "\\|\\|"
        )
        for number, action in enumerate(actions, 1)
    ]


def section(overlay: Path) -> str:
    """Return what README has to say of an overlay."""
    table = "\n".join(["| | target | reason |", "|---|---|---|", *rows(overlay)])
    return f"## {overlay.name}\n\n{table}\n"


def written(readme: str) -> str:
    """Return the page with the section of each overlay as the overlay is; one that is not there
    comes last."""
    for overlay in sorted(SPECS.glob("*.overlay.yaml")) + sorted(SPECS.glob("*.tolerated.yaml")):
        pattern = rf"## {re.escape(overlay.name)}\n.*?(?=\n## |\Z)"
        new = section(overlay)
        if re.search(pattern, readme, re.DOTALL):
            readme = re.sub(pattern, lambda _, new=new: new, readme, flags=re.DOTALL)  # type: ignore[misc]
        else:
            readme = f"{readme.rstrip()}\n\n{new}"
    return readme


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
