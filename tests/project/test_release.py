"""Test the checks of a release and of its distributions, and the links in a build."""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]


def script(path: str) -> Any:
    """Return a script as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = script(".ci/release.py")
distributions = script(".ci/distributions.py")
absolute_links = script(".ci/build_metadata.py").absolute_links

VERSION: Final = "pipedrive_leads_async/_version.py"
CHANGELOG: Final = """# Changelog

## [Unreleased]

## [1.2.0] - 2027-01-31

### Added

- A thing:
  more of it.
  - A part.

## [1.1.0] - 2026-12-24

- Another one.
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the files that a release depends on, ready for the release of 1.2.0."""
    for path in ("pyproject.toml", "README.md", VERSION):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / "README.md").write_text("# Title\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    replace(tmp_path / VERSION, r'".*"\n\Z', '"1.2.0"\n')
    replace(
        tmp_path / "pyproject.toml", r'(?m)^address = ".*"', 'address = "https://example.com/p"'
    )
    return tmp_path


def replace(path: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")


def test_tree_that_is_ready_has_no_problems(tree: Path) -> None:
    assert list(release.problems(tree, "v1.2.0")) == []
    assert release.notes(tree) == "### Added\n\n- A thing: more of it.\n  - A part."


def test_tag_of_another_version_is_refused(tree: Path) -> None:
    (problem,) = release.problems(tree, "v1.2.1")
    assert problem.endswith("_version.py has 1.2.0: tag v1.2.0")


@pytest.mark.parametrize(
    ("path", "pattern", "new", "word"),
    [
        ("CHANGELOG.md", r" - 2027-01-31", "", "with a date"),
        ("CHANGELOG.md", r"### Added\n\n- A thing:\n  more of it.\n  - A part.", "", "write one"),
        ("CHANGELOG.md", r"(\[Unreleased\])", r"\1\n\n- More", r"under \[Unreleased\]"),
        (
            "pyproject.toml",
            r'(?m)^address = ".*"',
            'address = "https://project.invalid/x"',
            "placeholder",
        ),
        ("pyproject.toml", r'(?m)^address = ".*"', 'address = ""', "placeholder"),
        ("README.md", r"\Z", "<!-- before the first release -->", "README.md has a passage"),
    ],
    ids=["no date", "no notes", "unreleased", "placeholder", "no address", "passage"],
)
def test_incomplete_tree_is_refused(
    tree: Path, path: str, pattern: str, new: str, word: str
) -> None:
    replace(tree / path, pattern, new)
    (problem,) = release.problems(tree, "v1.2.0")
    assert re.search(word, problem)


def test_changelog_of_this_tree_has_unreleased_changes_and_dated_versions() -> None:
    unreleased, *versions = release.sections(ROOT)
    assert unreleased == "[Unreleased]"
    assert versions
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in versions)


def test_version_and_address_of_this_tree_are_found() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", release.version(ROOT))
    assert release.address(ROOT).startswith("https://")


@pytest.mark.parametrize(
    ("text", "absolute"),
    [
        ("[a](docs/a.md#b)", "[a](https://x/blob/v1/docs/a.md#b)"),
        ("![a](a.svg)", "![a](https://x/raw/v1/a.svg)"),
        ('<img src="a.svg">', '<img src="https://x/raw/v1/a.svg">'),
        ('<a href="a.md">', '<a href="https://x/blob/v1/a.md">'),
        ("[![a](a.svg)](a.md)", "[![a](https://x/raw/v1/a.svg)](https://x/blob/v1/a.md)"),
        ("[a](https://y) [b](#b)", "[a](https://y) [b](#b)"),
        ("`x[0](a)`", "`x[0](a)`"),
        ("```python\nx[0](a)\n```\n", "```python\nx[0](a)\n```\n"),
    ],
)
def test_relative_links_become_absolute(text: str, absolute: str) -> None:
    assert absolute_links(text, "https://x", "v1") == absolute


METADATA: Final = """Metadata-Version: 2.4
Name: pipedrive-leads-async
Project-URL: Source, https://example.com
License-Expression: MIT
Requires-Python: >=3.11

[a](https://example.com) `x[0](a)`
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a small tree."""
    root = tmp_path / "source"
    (root / "pipedrive_leads_async").mkdir(parents=True)
    (root / ".ci").mkdir()
    for name in ("__init__.py", "client.py", "py.typed", "trail.svg"):
        (root / "pipedrive_leads_async" / name).touch()
    for name in ("CHANGELOG.md", "LICENSE", "README.md", ".ci/build_metadata.py", "pyproject.toml"):
        (root / name).touch()
    return root


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Return a folder for distributions."""
    (tmp_path / "dist").mkdir()
    return tmp_path / "dist"


def build(
    folder: Path, source: Path, *, metadata: str = METADATA, extra: str = "", left_out: str = ""
) -> None:
    """Write distributions like those of a build, with an extra file or without a file."""
    info = "pipedrive_leads_async-1.2.0.dist-info"
    code = distributions.source_files(source)
    files = ("RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    names = {f"{info}/{name}" for name in files} | code
    with zipfile.ZipFile(folder / "p.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", metadata)
        for name in (names | {extra}) - {left_out, ""}:
            wheel.writestr(name, "")
    top = {name for name in distributions.SDIST if (source / name).is_file()}
    with tarfile.open(folder / "p.tar.gz", "w:gz") as sdist:
        for name in (code | top | {extra}) - {left_out, ""}:
            sdist.addfile(tarfile.TarInfo(f"p-1.2.0/{name}"), io.BytesIO())


def test_complete_distributions_have_no_problems(dist: Path, source: Path) -> None:
    build(dist, source)
    assert list(distributions.problems(dist, source)) == []


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({"left_out": "pipedrive_leads_async/py.typed"}, ["p.whl has no", "p.tar.gz has no"]),
        ({"left_out": "CHANGELOG.md"}, ["p.tar.gz has no"]),
        ({"extra": "secrets.env"}, ["p.whl has secrets", "p.tar.gz has secrets", "p.tar.gz has"]),
        ({"extra": "tests/__pycache__/a.pyc"}, ["p.whl has tests", "p.tar.gz has tests"]),
        ({"metadata": METADATA.replace("(https://example.com)", "(a.md)")}, ["the README"]),
        ({"metadata": METADATA.replace("Project-URL", "Home-Page")}, ["the metadata have no"]),
    ],
)
def test_wrong_contents_of_distributions_are_reported(
    dist: Path, source: Path, options: dict[str, str], problems: list[str]
) -> None:
    build(dist, source, **options)
    found = list(distributions.problems(dist, source))
    assert len(found) == len(problems)
    assert all(line.startswith(start) for line, start in zip(found, problems, strict=True))


@pytest.mark.parametrize("second", ["q.whl", "q.tar.gz"])
def test_second_distribution_of_a_kind_is_refused(dist: Path, source: Path, second: str) -> None:
    build(dist, source)
    (dist / second).touch()
    (problem,) = distributions.problems(dist, source)
    assert problem.endswith("build into a new folder")


def test_large_distribution_is_reported(
    dist: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(dist, source)
    monkeypatch.setattr(distributions, "LARGEST", 10)
    assert len(list(distributions.problems(dist, source))) == 2


def test_description_of_this_tree_has_only_absolute_links() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    description = absolute_links(readme, "https://example.com", "v1")
    headers = METADATA.partition("\n\n")[0]
    assert list(distributions.problems_of_metadata(f"{headers}\n\n{description}")) == []
