"""Find and run the Python blocks of the README and the guides."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
}
"""The text of each document by its path."""

PYTHON: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def new_sandbox() -> Sandbox:
    """Return a sandbox with few leads and a high limit."""
    return Sandbox(leads=300, burst=(1000, 2.0))


def blocks(document: str) -> list[str]:
    """Return the Python blocks of a document."""
    return [str(block) for block in PYTHON.findall(DOCUMENTS[document])]


@asynccontextmanager
async def run_blocks(document: str, sandbox: Sandbox) -> AsyncGenerator[dict[str, Any]]:
    """Run the blocks of a document in order; yield the names that they define."""
    module = ModuleType("guide")
    names = vars(module)
    async with AsyncExitStack() as stack:
        sys.modules["guide"] = module  # frameworks look functions up in their module
        stack.callback(sys.modules.pop, "guide")
        for block in blocks(document):
            await _run(block, document, names, sandbox)
            for value in names.values():
                if isinstance(value, LeadsClient):
                    stack.push_async_callback(value.aclose)
                elif isinstance(value, sqlite3.Connection):
                    stack.callback(value.close)
        yield names


async def _run(block: str, document: str, names: dict[str, Any], sandbox: Sandbox) -> None:
    """Run a block, and then the tests that it defines."""
    code = compile(
        for_sandbox(block, sandbox),
        document,
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
    if re.search(r"^asyncio\.run\(", block, re.MULTILINE):
        await asyncio.to_thread(exec, code, names)
    elif inspect.isawaitable(result := eval(code, names)):
        await result
    for test in re.findall(r"^async def (test_\w+)", block, re.MULTILINE):
        with new_sandbox() as new:
            async with LeadsClient(new.api_token, base_url=new.url) as client:
                fixtures = {"client": client, "pipedrive_sandbox": new}
                wanted = inspect.signature(names[test]).parameters
                await names[test](**{name: fixtures[name] for name in wanted})


def for_sandbox(code: str, sandbox: Sandbox) -> str:
    """Return code whose clients use the sandbox."""
    return code.replace('"api-token"', f'"{sandbox.api_token}", base_url="{sandbox.url}"')
