"""Stand-ins for the frameworks of the guide to services, where they are not installed."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.documents.code_blocks import run_blocks


def decorate(*arguments: Any, **options: Any) -> Any:
    """Return a function as it is; also with arguments, as decorators of frameworks have them."""
    if len(arguments) == 1 and callable(arguments[0]):
        return arguments[0]
    return decorate


def application(*arguments: Any, **options: Any) -> Any:
    """Return an application of Celery or Litestar."""
    return SimpleNamespace(task=decorate)


FRAMEWORKS: Final[dict[str, dict[str, Any]]] = {
    "airflow.sdk": {"task": decorate},
    "celery": {"Celery": application},
    "dishka": {"Provider": object, "Scope": SimpleNamespace(APP=None), "provide": decorate},
    "dlt": {"resource": decorate},
    "django.http": {"HttpRequest": object, "JsonResponse": dict},
    "litestar": {"Litestar": application, "Request": object, "get": decorate, "post": decorate},
}
"""The names that the guide uses of each module."""


@asynccontextmanager
async def services_guide(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[SimpleNamespace]:
    """Run the guide to services; yield its names, whose clients use the sandbox."""
    _replace_missing(monkeypatch)
    async with run_blocks("docs/services.md", sandbox) as names:
        yield SimpleNamespace(**{key: value for key, value in names.items() if key.isidentifier()})


def _replace_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the frameworks that are not installed."""
    for name, members in FRAMEWORKS.items():
        root = name.partition(".")[0]
        if root in sys.modules or find_spec(root):
            continue
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, root, ModuleType(root))
        monkeypatch.setitem(sys.modules, name, module)
