"""Test the recipes of `docs/testing.md` in a project that installs the wheel and uses the sandbox.

The project's tests run in a folder and a process of their own, with each pytest plugin that runs
coroutines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

pytest_plugins = ["tests.support.installed_wheel"]

ORDERS: Final = '''
"""The leads of a shop."""

from pipedrive_leads_async import AddLeadRequest, Lead, LeadsClient


async def take_order(client: LeadsClient, number: int, person_id: int) -> Lead:
    """Add a lead for an order."""
    return await client.add_lead(
        AddLeadRequest(title=f"Order {number}", person_id=person_id),
        idempotency_key=f"order-{number}",
    )


async def count_leads(client: LeadsClient) -> int:
    """Count the leads of the account."""
    return len([lead.id async for lead in client.get_leads()])
'''

APP: Final = '''
"""The shop as a web service."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pipedrive_leads_async import LeadsClient, PipedriveError, to_dict

from orders import take_order


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, LeadsClient]]:
    async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
        yield {"leads": client}


app = FastAPI(lifespan=lifespan)


@app.post("/orders/{number}")
async def post_order(number: int, person_id: int, request: Request) -> dict[str, Any]:
    return to_dict(await take_order(request.state.leads, number, person_id))


@app.exception_handler(PipedriveError)
async def pipedrive_fails(request: Request, error: PipedriveError) -> JSONResponse:
    return JSONResponse({"detail": "Pipedrive is unavailable"}, status_code=503)
'''

TEST_ORDERS: Final = """
import pytest
from pipedrive_leads_async import AccessToken, AuthenticationError, LeadsClient, OAuth2, Token

from orders import count_leads, take_order


async def test_order_becomes_a_lead(client, pipedrive_sandbox):
    lead = await take_order(client, 1234, person_id=1)
    assert lead.title == "Order 1234"
    assert pipedrive_sandbox.leads[-1]["id"] == lead.id
    assert [request.operation for request in pipedrive_sandbox.requests] == ["addLead"]


async def test_client_waits_until_a_series_of_429_is_over(client, pipedrive_sandbox):
    pipedrive_sandbox.fail("getLeads", status=429, times=4, retry_after=0.05)
    assert await count_leads(client) == 2000


async def test_expired_token_is_an_error(pipedrive_sandbox):
    token = AccessToken(pipedrive_sandbox.access_token)
    async with LeadsClient(token, base_url=pipedrive_sandbox.url) as client:
        pipedrive_sandbox.expire_access_tokens()
        with pytest.raises(AuthenticationError):
            await count_leads(client)


async def test_token_of_an_app_is_refreshed(pipedrive_sandbox):
    granted = pipedrive_sandbox.install_app()
    oauth = OAuth2(
        pipedrive_sandbox.client_id,
        pipedrive_sandbox.client_secret,
        "https://shop.example/callback",
        token=Token(granted["access_token"], refresh_token=granted["refresh_token"]),
        oauth_url=pipedrive_sandbox.oauth_url,
    )
    async with LeadsClient(oauth, base_url=pipedrive_sandbox.url) as client:
        pipedrive_sandbox.expire_access_tokens()
        assert await count_leads(client) == 2000


async def test_lost_response_adds_no_second_lead(client, pipedrive_sandbox):
    pipedrive_sandbox.fail("addLead", drop=True, after_commit=True)
    await take_order(client, 1234, person_id=1)
    added = [lead for lead in pipedrive_sandbox.leads if lead["origin_id"] == "order-1234"]
    assert len(added) == 1


async def test_walk_yields_every_lead_once_while_the_list_changes(client, pipedrive_sandbox):
    remaining = [lead["id"] for lead in pipedrive_sandbox.leads]
    found = []
    async for lead in client.get_leads():
        found.append(lead.id)
        if len(found) % 50 == 0:
            pipedrive_sandbox.delete_lead(remaining.pop(0))
            pipedrive_sandbox.add_lead(title="New")
    assert len(set(found)) == len(found)
    assert set(found) >= set(remaining)
"""

TEST_APP: Final = """
import pytest
from fastapi.testclient import TestClient

from app import app


@pytest.fixture
def web(pipedrive_sandbox, monkeypatch):
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", pipedrive_sandbox.api_token)
    monkeypatch.setenv("PIPEDRIVE_BASE_URL", pipedrive_sandbox.url)
    with TestClient(app) as web:  # the lifespan runs only in a `with` block
        yield web


def test_posted_order_becomes_a_lead(web, pipedrive_sandbox):
    response = web.post("/orders/1234?person_id=1")
    assert response.json()["title"] == "Order 1234"
    assert pipedrive_sandbox.leads[-1]["id"] == response.json()["id"]


def test_revoked_token_is_a_failure_of_the_service(web, pipedrive_sandbox):
    pipedrive_sandbox.revoke()
    assert web.post("/orders/1234?person_id=1").status_code == 503
    assert web.post("/orders/1234?person_id=1").json() == {"detail": "Pipedrive is unavailable"}
"""

CONFTEST: Final = """
import pytest
from pipedrive_leads_async import LeadsClient

pytest_plugins = ["pipedrive_leads_async.pytest_plugin"]


@pytest.fixture
async def client(pipedrive_sandbox):
    auth, url = pipedrive_sandbox.api_token, pipedrive_sandbox.url
    async with LeadsClient(auth, base_url=url) as client:
        yield client
"""


class Runner(NamedTuple):
    """A pytest plugin that runs coroutines, with its settings, its conftest and its mark."""

    plugin: str
    ini: str
    conftest: str
    mark: str


LOOPS: Final = "asyncio_default_fixture_loop_scope = function"

AUTO: Final = Runner("pytest_asyncio.plugin", f"{LOOPS}\nasyncio_mode = auto", CONFTEST, "")

RUNNERS: Final = {
    "pytest-asyncio, auto": AUTO,
    "pytest-asyncio, strict": Runner(
        "pytest_asyncio.plugin",
        f"{LOOPS}\nasyncio_mode = strict",
        CONFTEST.replace("import pytest\n", "import pytest_asyncio\n").replace(
            "@pytest.fixture", "@pytest_asyncio.fixture"
        ),
        "pytestmark = pytest.mark.asyncio",
    ),
    "anyio": Runner(
        "anyio.pytest_plugin",
        "",
        # Without this fixture, the tests also run on Trio if it is installed.
        f'{CONFTEST}\n\n@pytest.fixture\ndef anyio_backend():\n    return "asyncio"\n',
        "pytestmark = pytest.mark.anyio",
    ),
}


class Project:
    """A folder with the files of a project."""

    def __init__(self, folder: Path, venv: Path) -> None:
        self._folder = folder
        self._python = venv / "bin" / "python"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIPEDRIVE", "PYTEST", "PYTHON"))
        }
        self._environment = inherited | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def write(self, runner: Runner, **files: str) -> None:
        pytest_ini = f"[pytest]\nfilterwarnings = error\n{runner.ini}\n"
        (self._folder / "pytest.ini").write_text(pytest_ini)
        for name, text in {"conftest": runner.conftest, **files}.items():
            (self._folder / f"{name}.py").write_text(text.lstrip())

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._python, "-X", "dev", *arguments],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
            env=self._environment,
        )
        return done.stdout

    def test(self, runner: Runner) -> dict[str, int]:
        """Run its tests; return the number of tests for each outcome."""
        printed = self.python("-m", "pytest", "-p", runner.plugin, "-p", "no:cacheprovider")
        sys.stdout.write(printed)  # pytest shows it if this test fails
        summary = printed.splitlines()[-1]
        return {outcome: int(count) for count, outcome in re.findall(r"(\d+) (\w+)", summary)}


@pytest.fixture
def project(tmp_path: Path, users_venv: Path) -> Project:
    return Project(tmp_path, users_venv)


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS.keys())
def test_recipes_pass_with_every_plugin_that_runs_coroutines(
    project: Project, runner: Runner
) -> None:
    marked = TEST_ORDERS.replace("\n\n\n", f"\n\n{runner.mark}\n\n\n", 1)
    project.write(runner, orders=ORDERS, test_orders=marked)
    assert project.test(runner)["passed"] == TEST_ORDERS.count("def test_")


def test_recipes_pass_with_the_test_client_of_fastapi(project: Project) -> None:
    project.write(AUTO, orders=ORDERS, app=APP, test_app=TEST_APP)
    assert project.test(AUTO)["passed"] == TEST_APP.count("def test_")


def test_recipes_detect_a_missing_idempotency_key(project: Project) -> None:
    careless = ORDERS.replace('        idempotency_key=f"order-{number}",\n', "")
    project.write(AUTO, orders=careless, test_orders=TEST_ORDERS)
    assert project.test(AUTO) == {"failed": 1, "passed": 5}


def test_project_imports_the_library_from_the_wheel(project: Project, users_venv: Path) -> None:
    program = "import pipedrive_leads_async as library; print(library.__file__)"
    assert project.python("-c", program).startswith(str(users_venv))
