"""Complete the metadata of a build: the links of the project, and a README with absolute links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from hatchling.metadata.plugin.interface import MetadataHookInterface

PAGES: Final = {
    "Source": "",
    "Documentation": "/tree/main/docs",
    "Changelog": "/blob/main/CHANGELOG.md",
    "Issues": "/issues",
    "Security": "/security/policy",
}
"""The names of the links, and the pages below the project's address."""

CODE: Final = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(
    r"""(?P<before>(?P<image>!\[[^\]]*\]\(|\b(?:src|srcset)=")|\]\(|\bhref=")"""
    r"(?![a-z]+:|\#)(?P<path>[^)\"\s]+)"
)


def absolute_links(text: str, address: str, ref: str) -> str:
    """Return Markdown whose relative links and pictures point into the project at a Git ref."""

    def absolute(link: re.Match[str]) -> str:
        kind = "raw" if link["image"] else "blob"
        return f"{link['before']}{address}/{kind}/{ref}/{link['path']}"

    parts = CODE.split(text)
    parts[::2] = [LINK.sub(absolute, part) for part in parts[::2]]
    return "".join(parts)


class CustomMetadataHook(MetadataHookInterface):
    """The hook that hatchling runs for each build and each editable install."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the links and the README to the table `project`."""
        address = str(self.config["address"])  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["urls"] = {name: f"{address}{page}" for name, page in PAGES.items()}
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute_links(readme, address, f"v{metadata['version']}"),
        }
