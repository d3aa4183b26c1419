"""Configure the documentation, which `.ci/run` builds with warnings as errors."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Final

from pipedrive_leads_async import __version__

DOCS: Final = Path(__file__).parent
sys.path.insert(0, str(DOCS))

PYPROJECT: Final = tomllib.loads(
    (DOCS.parent / "pyproject.toml").read_text(encoding="utf-8")
)
project_address = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["address"]

project = "pipedrive-leads-async"
author = "the contributors"
copyright = f"{author}, MIT licence"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "extension"]
exclude_patterns = ["_build"]
nitpicky = True
# Type variables, and types whose objects users need not name.
nitpick_ignore = [
    ("py:attr", "pipedrive_leads_async.enums.Unset.UNSET"),
    ("py:class", "pipedrive_leads_async._codec.codec.T"),
    ("py:class", "pipedrive_leads_async._shared.secrets.Secret"),
    ("py:class", "pipedrive_leads_async.models._lead.LeadT"),
    ("py:class", "redis.asyncio.client.Redis"),
]

toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 88

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_attr_annotations = True
napoleon_use_ivar = True

myst_enable_extensions = ["alert"]
myst_heading_anchors = 3

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"{project} {release}"
html_theme_options = {
    "source_view_link": f"{project_address}/blob/main/docs/{{filename}}",
    "source_edit_link": f"{project_address}/edit/main/docs/{{filename}}",
}
