"""Check the files and the metadata of a wheel and an sdist.

python .ci/distributions.py dist
"""

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "pipedrive_leads_async"

SDIST = {
    *(".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md"),
    *(".ci", "docs", "examples", PACKAGE, "pyproject.toml", "tests"),
}
"""The files and folders at the top of an sdist."""

LARGEST = 2 << 20
"""The size of a distribution in bytes that hints at a file that does not belong into it."""


def source_files(root: Path) -> set[str]:
    """Return the paths that a wheel contains of the package."""
    found = [*(root / PACKAGE).rglob("*.py"), root / PACKAGE / "py.typed"]
    return {path.relative_to(root).as_posix() for path in found}


def problems_of_wheel(path: Path, root: Path) -> Iterator[str]:
    """Yield what is wrong in a wheel."""
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        info = next(name for name in names if name.endswith(".dist-info/METADATA")).split("/")[0]
        metadata = wheel.read(f"{info}/METADATA").decode()
    expected = source_files(root) | {
        f"{info}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    yield from (f"{path.name} has no {name}" for name in sorted(expected - names))
    yield from (f"{path.name} has {name}" for name in sorted(names - expected))
    yield from problems_of_metadata(metadata)


def problems_of_metadata(metadata: str) -> Iterator[str]:
    """Yield what is wrong in the metadata, whose body is the README."""
    headers, _, readme = metadata.partition("\n\n")
    for name in ("Project-URL: Source, ", "Requires-Python: ", "License-Expression: "):
        if f"\n{name}" not in headers:
            yield f"the metadata have no {name.rstrip(', ')}"
    without_code = re.sub(r"^```.*?^```$|`[^`\n]+`", "", readme, flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"""(?:\]\(|\b(?:src|srcset|href)=")([^)"\s]+)""", without_code):
        if not link.startswith(("https://", "#")):
            yield f"the README has a link that does not work on other pages: {link}"


def problems_of_sdist(path: Path, root: Path) -> Iterator[str]:
    """Yield what is wrong in an sdist."""
    with tarfile.open(path) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    top = {name.partition("/")[0] for name in names}
    yield from (f"{path.name} has {name}" for name in sorted(top - SDIST))
    needed = source_files(root) | {name for name in SDIST if (root / name).is_file()}
    yield from (f"{path.name} has no {name}" for name in sorted(needed - names))
    generated = [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".env"))]
    yield from (f"{path.name} has {name}" for name in sorted(generated))


def problems(folder: Path, root: Path) -> Iterator[str]:
    """Yield what is wrong in the distributions of a folder."""
    wheels, sdists = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    if (len(wheels), len(sdists)) != (1, 1):
        yield f"{folder} has {len(wheels)} wheels and {len(sdists)} sdists: build into a new folder"
        return
    yield from problems_of_wheel(wheels[0], root)
    yield from problems_of_sdist(sdists[0], root)
    for path in (*wheels, *sdists):
        if path.stat().st_size > LARGEST:
            yield f"{path.name} has {path.stat().st_size} bytes: find the file that is too large"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(problems(Path(sys.argv[1]), ROOT))
    for problem in found:
        print(f"distributions: {problem}")
    sys.exit(1 if found else 0)
