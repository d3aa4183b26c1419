"""Configure the documentation, which `.ci/run` builds with warnings as errors."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Final

from sphinx.application import Sphinx

from pipedrive_leads_async import __version__

ROOT: Final = Path(__file__).parents[1]
PYPROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ADDRESS: Final = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["address"]

project = "pipedrive-leads-async"
author = "the contributors"
copyright = f"{author}, MIT licence"
release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"{project} {release}"
html_theme_options = {
    "source_view_link": f"{ADDRESS}/blob/main/docs/{{filename}}",
    "source_edit_link": f"{ADDRESS}/edit/main/docs/{{filename}}",
}


def link_to_repository(_: Sphinx, name: str, source: list[str]) -> None:
    """Replace relative links to files outside of `docs` by links to the project's address."""
    up = "../" * len(PurePosixPath(name).parts)
    pattern = rf"(\]\(|^\[[\w-]+\]: ){re.escape(up)}(?!\.)"
    source[0] = re.sub(pattern, rf"\1{ADDRESS}/blob/main/", source[0], flags=re.MULTILINE)


def setup(app: Sphinx) -> None:
    """Change the sources when they are read."""
    app.connect("source-read", link_to_repository)
