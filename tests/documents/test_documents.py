"""Test that the code of the README and the guides runs, and that their names and links exist."""

from __future__ import annotations

import ast
import re
from codeop import CommandCompiler
from collections.abc import Iterator
from typing import Final

import pytest

import pipedrive_leads_async
from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async._http import reference
from pipedrive_leads_async._http.reference import Operation
from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._operations.open_questions import OPEN_QUESTIONS
from tests.documents.code_blocks import (
    DOCUMENTS,
    ROOT,
    blocks,
    for_sandbox,
    new_sandbox,
    run_blocks,
)
from tests.project.public_surface import modules

CODE: Final = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)|^\[[\w-]+\]: (\S+)$", re.MULTILINE)


def anchors(document: str) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", DOCUMENTS[document]), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture
def fast_sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


def test_readme_is_short() -> None:
    assert len(DOCUMENTS["README.md"].splitlines()) <= 250


def test_readme_has_the_cpu_of_the_last_benchmarks() -> None:
    _, _, table = DOCUMENTS["docs/speed.md"].partition("| 20,000 leads, 500 a page |")
    ours, loop = (
        re.findall(rf"^\| `?{re.escape(name)}`? \| ([\d.]+) ", table, re.MULTILINE)[0]
        for name in ("get_leads", "aiohttp + response.json(), dicts")
    )
    assert (
        f"| CPU time, relative to the loop | {float(ours) / float(loop):.2f} |"
        in DOCUMENTS["README.md"]
    )


def test_first_program_is_short_and_prints_every_lead(
    fast_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    program = blocks("README.md")[0]
    assert program == blocks("docs/index.md")[0]
    assert len(program.splitlines()) <= 12
    exec(for_sandbox(program, fast_sandbox), {})
    assert len(capsys.readouterr().out.splitlines()) == len(fast_sandbox.leads)


@pytest.mark.parametrize(
    "document",
    # `test_services_guide` runs the guide to services.
    [document for document in DOCUMENTS if blocks(document) and document != "docs/services.md"],
)
async def test_blocks_of_a_document_run_in_order(document: str, fast_sandbox: Sandbox) -> None:
    async with run_blocks(document, fast_sandbox) as names:
        assert names


@pytest.mark.parametrize("document", [*filter(blocks, DOCUMENTS)])
def test_blocks_of_a_document_can_be_pasted_into_a_shell(document: str) -> None:
    """Compile line by line as `python -m asyncio` does: there, a blank line ends a statement."""
    compiler = CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for block in blocks(document):
        lines: list[str] = []
        for line in [*block.splitlines(), ""]:
            lines.append(line)
            if compiler("\n".join(lines), document) is not None:
                lines.clear()
        assert not lines


def test_error_tree_has_every_error() -> None:
    tree = DOCUMENTS["docs/errors.md"].partition("```\nPipedriveError\n")[2].partition("```")[0]
    errors = {name for name in pipedrive_leads_async.__all__ if name.endswith("Error")}
    assert {"PipedriveError", *re.findall(r"─ (\w+Error)", tree)} == errors


def test_guide_to_what_is_not_known_has_every_question() -> None:
    rows = re.findall(r"^\| (.+\?) \| (.+) \|$", DOCUMENTS["docs/unknown.md"], re.MULTILINE)
    assert rows == [(each.question, each.sandbox) for each in OPEN_QUESTIONS]


def test_operation_table_has_every_operation_and_names_methods_that_exist() -> None:
    rows = re.findall(
        r"^\| (.+?) \| (\d+) \| `\w+(?::\w+)?` \| (\w+) \| ([A-Z]+ /\S+) \|$",
        DOCUMENTS["docs/reference/operations.md"],
        re.MULTILINE,
    )
    version = {1: "/v1", 2: "/api/v2"}
    assert {(id, request, int(cost)) for _, cost, id, request in rows} == {
        (each.id, f"{each.method} {version[each.version]}{each.path}", each.cost)
        for each in vars(reference).values()
        if isinstance(each, Operation)
    }
    for methods, *_ in rows:
        for method in re.findall(r"`(\w+)`", methods):
            assert callable(getattr(LeadsClient, method))


def missing_target(document: str, link: str) -> bool:
    """Return whether the file or the heading of a link does not exist."""
    path, _, anchor = link.partition("#")
    target = (ROOT / document).parent / path if path else ROOT / document
    name = target.resolve().relative_to(ROOT).as_posix()
    return not target.exists() or (bool(anchor) and anchor not in anchors(name))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_of_a_document_point_to_existing_files_and_headings(document: str) -> None:
    links = ["".join(found) for found in LINK.findall(CODE.sub("", DOCUMENTS[document]))]
    inside = [link for link in links if not link.startswith("https://")]
    assert not [link for link in inside if missing_target(document, link)]


def test_readme_links_to_every_guide() -> None:
    linked = {path for path, _ in LINK.findall(DOCUMENTS["README.md"])}
    guides = {path for path in DOCUMENTS if path.startswith("docs/") and path.count("/") == 1}
    assert guides - linked == {"docs/index.md"}


def test_reference_has_every_public_name() -> None:
    pages = [text for path, text in DOCUMENTS.items() if path.startswith("docs/reference/")]
    entries = set(re.findall(r"^\.\. auto\w+:: ([\w.]+)", "\n".join(pages), re.MULTILINE))
    names = {name for module in modules() for name in module.__all__} - {"__version__"}
    methods = {name for name in dir(LeadsClient) if name == name.lower() and name[0] != "_"}
    assert entries == names | {f"LeadsClient.{name}" for name in methods}
