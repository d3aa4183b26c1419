"""Test the layout of the package and its tests: folders, files, functions and names."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Final, TypeAlias

import pytest

import pipedrive_leads_async

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / pipedrive_leads_async.__name__
TESTS: Final = ROOT / "tests"

FILES_PER_FOLDER: Final = {PACKAGE: 16, PACKAGE / "sandbox": 26, TESTS: 6}
"""The highest number of Python files in a folder; it is 14 in all other folders."""

WITHOUT_LIMIT: Final = {TESTS / "benchmarks"}


VERBS_TO_AVOID: Final = ("Give", "Gives", "Tell", "Tells", "Say", "Says")
"""Verbs that are less precise than Return, Yield, Raise or Log."""

NO_SUBJECTS: Final = (
    "who",
    "what",
    "where",
    "whoever",
    "it",
    "nor",
    "neither",
    "and",
    "also",
    "but",
)
"""First words of a test's name that do not name its subject."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Documented: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    """Return the files of the package and of the tests."""
    return sorted(path for folder in (PACKAGE, TESTS) for path in folder.rglob("*.py"))


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(parse(path)) if isinstance(node, Function)]


def body_length(function: Function) -> int:
    """Return the number of lines of a function's body, without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    if not statements:
        return 0
    end = function.body[-1].end_lineno
    assert end is not None
    return end - statements[0].lineno + 1


def located(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_folders_have_few_files() -> None:
    counts = Counter(path.parent for path in python_files())
    crowded = {
        str(folder.relative_to(ROOT)): count
        for folder, count in counts.items()
        if folder not in WITHOUT_LIMIT and count > FILES_PER_FOLDER.get(folder, 14)
    }
    assert not crowded


def test_files_have_at_most_400_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
    }
    assert not {path: lines for path, lines in lengths.items() if lines > 400}


def test_function_bodies_have_at_most_40_lines() -> None:
    long = {
        f"{located(path, function.lineno)} {function.name}": body_length(function)
        for path in python_files()
        for function in functions(path)
        if body_length(function) > 40
    }
    assert not long


@pytest.mark.parametrize("folder", [PACKAGE, TESTS], ids=["package", "tests"])
def test_most_functions_are_short(folder: Path) -> None:
    lengths = [
        body_length(function) for path in folder.rglob("*.py") for function in functions(path)
    ]
    assert median(lengths) <= 6
    assert quantiles(lengths, n=10)[-1] <= 20


def is_public(path: Path) -> bool:
    """Return whether no part of a module's path has an underscore at its start."""
    module = path.relative_to(PACKAGE).with_suffix("")
    parts = [part for part in module.parts if part not in ("__init__", "__main__")]
    return path.stem != "__main__" and not any(part.startswith("_") for part in parts)


@pytest.mark.parametrize(
    "path",
    [path for path in python_files() if path.is_relative_to(PACKAGE) and is_public(path)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_public_module_has_all(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    assert hasattr(importlib.import_module(name), "__all__")


def test_public_wings_have_only_private_modules() -> None:
    wings = {path.parent for path in python_files() if path.is_relative_to(PACKAGE)} - {PACKAGE}
    public = [
        str(path.relative_to(ROOT))
        for wing in wings
        for path in wing.glob("*.py")
        if is_public(path) and path.stem != "__init__"
    ]
    assert not public


def names_of_tests() -> list[str]:
    return [
        function.name
        for path in TESTS.rglob("test_*.py")
        for function in functions(path)
        if function.name.startswith("test_")
    ]


def test_names_of_tests_have_at_most_72_characters() -> None:
    assert not [name for name in names_of_tests() if len(name) > 72]


def test_names_of_tests_begin_with_their_subject() -> None:
    assert not [name for name in names_of_tests() if name.split("_")[1] in NO_SUBJECTS]


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring in a file."""
    for node in ast.walk(parse(path)):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text


def test_docstrings_begin_with_a_precise_verb() -> None:
    avoidable = [
        located(path, line)
        for path in python_files()
        for line, text in docstrings(path)
        if text.split(maxsplit=1)[0] in VERBS_TO_AVOID
    ]
    assert not avoidable
