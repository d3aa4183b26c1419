"""Check that a commit can be released under a tag, or print the changelog of its version.

python .ci/release.py v0.1.0   # print every problem; exit with 1 if there is one
python .ci/release.py --notes  # print the section of the version as Markdown
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]

PLACEHOLDER = ".invalid"
"""The end of the host that stands for the address of the project."""

MARK = "<!-- before the first release -->"
"""A comment in Markdown above a passage that is wrong once the project is published."""


def read(root: Path, path: str) -> str:
    """Return the text of a file."""
    return (root / path).read_text(encoding="utf-8")


def version(root: Path) -> str:
    """Return the version of the library."""
    (found,) = re.findall(
        r'^__version__ = "(.+)"$', read(root, "pipedrive_leads_async/_version.py"), re.MULTILINE
    )
    return str(found)


def sections(root: Path) -> dict[str, str]:
    """Return the text below each heading of the changelog, such as `[Unreleased]`."""
    parts = re.split(r"^## (.+)\n", read(root, "CHANGELOG.md"), flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def notes(root: Path) -> str | None:
    """Return the changelog of the version, or None if it has no section with a date."""
    heading = re.compile(rf"\[{re.escape(version(root))}\] - \d{{4}}-\d\d-\d\d")
    text = next((text for key, text in sections(root).items() if heading.fullmatch(key)), None)
    # GitHub shows each end of a line in the notes of a release, so a list item must be one line.
    return text and re.sub(r"\n +(?![ -])", " ", text)


def address(root: Path) -> str:
    """Return the address of the project."""
    hook = tomllib.loads(read(root, "pyproject.toml"))["tool"]["hatch"]["metadata"]["hooks"][
        "custom"
    ]
    return str(hook["address"])


def problems(root: Path, tag: str) -> Iterator[str]:
    """Yield what has to change before a release."""
    if tag != f"v{version(root)}":
        yield f"the tag is {tag}, and _version.py has {version(root)}: tag v{version(root)}"
    if not notes(root):
        yield f"CHANGELOG.md has no section [{version(root)}] with a date: write one"
    if sections(root).get("[Unreleased]"):
        yield "CHANGELOG.md has changes under [Unreleased]: move them to the section of the version"
    if (urlsplit(address(root)).hostname or PLACEHOLDER).endswith(PLACEHOLDER):
        yield f"pyproject.toml has the placeholder {address(root)}: write the project's address"
    for path in (root / "README.md", *root.glob(".github/**/*.md"), *root.glob("docs/**/*.md")):
        if MARK in path.read_text(encoding="utf-8"):
            yield f"{path.relative_to(root)} has a passage marked {MARK}: rewrite it"


def main(argument: str) -> int:
    """Run the command; return its exit status."""
    if argument == "--notes":
        print(notes(ROOT) or "")
        return 0
    found = list(problems(ROOT, argument))
    for problem in found:
        print(f"release: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
