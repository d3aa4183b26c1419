"""The example that imports a file: every row once, whatever happens on the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, run

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

EXAMPLE = "examples/import_leads.py"
ROWS = 120


@pytest.fixture
def file(sandbox: Sandbox, tmp_path: Path) -> Path:
    return write(tmp_path, [(f"row-{n}", f"Lead {n}", str(person(sandbox))) for n in range(ROWS)])


def write(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    file = folder / "leads.csv"
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([("key", "title", "person_id"), *rows])
    return file


def person(sandbox: Sandbox) -> int:
    return int(sandbox.leads[0]["person_id"])


def environment(sandbox: Sandbox) -> dict[str, str]:
    return {"PIPEDRIVE_API_TOKEN": sandbox.api_token, "PIPEDRIVE_BASE_URL": sandbox.url}


def import_leads(file: Path, sandbox: Sandbox, base_url: str | None = None) -> list[str]:
    return run(
        EXAMPLE,
        str(file),
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_BASE_URL=base_url or sandbox.url,
    ).splitlines()


def made(sandbox: Sandbox) -> Counter[str]:
    return Counter(lead["origin_id"] for lead in sandbox.leads if lead["origin_id"])


def test_every_row_becomes_one_lead_though_the_run_is_killed(sandbox: Sandbox, file: Path) -> None:
    for enough in (25, 50, 80):
        process = subprocess.Popen(
            ["python", EXAMPLE, str(file)],
            cwd=ROOT,
            env=dict(os.environ) | environment(sandbox),
            stdout=subprocess.DEVNULL,
        )
        while len(made(sandbox)) < enough and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    printed = import_leads(file, sandbox)
    assert printed == [f"{ROWS} made, 0 refused, 0 unclear"]
    assert made(sandbox) == Counter(f"row-{n}" for n in range(ROWS))

    again = import_leads(file, sandbox)
    assert again == printed
    assert len(made(sandbox)) == ROWS


def test_a_lost_answer_is_looked_for_by_the_next_run(sandbox: Sandbox, file: Path) -> None:
    sandbox.fail("addLead", drop=True, times=2)
    first = import_leads(file, sandbox)
    assert first == [f"{ROWS - 2} made, 0 refused, 2 unclear"]
    second = import_leads(file, sandbox)
    assert second == [f"{ROWS} made, 0 refused, 0 unclear"]
    assert made(sandbox) == Counter(f"row-{n}" for n in range(ROWS))


def test_a_row_that_can_be_no_lead_is_told_and_stops_no_other(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    rows = [
        ("a", "Good", str(person(sandbox))),
        ("b", "", str(person(sandbox))),
        ("c", "Nobody's", "999999999"),
        ("d", "Good", "?"),
        ("", "No key", str(person(sandbox))),
        (" e ", "Good too", str(person(sandbox))),
    ]
    file = write(tmp_path, rows)
    for _ in range(2):  # the second time finds nothing to do
        printed = import_leads(file, sandbox)
        assert printed[0] == "2 made, 4 refused, 0 unclear"
        told = [line.split(":")[0].strip() for line in sorted(printed[1:])]
        assert told == ["", "b", "c", "d"]
        assert made(sandbox) == Counter("ae")


def test_the_rest_is_made_another_day(tmp_path: Path) -> None:
    with Sandbox(leads=1, burst=None, daily_tokens=55) as sandbox:
        rows = [(f"row-{n}", "Good", str(person(sandbox))) for n in range(20)]
        file = write(tmp_path, rows)
        printed = import_leads(file, sandbox)
        assert "run this again tomorrow" in printed[0]
        done = sum(made(sandbox).values())
    assert 0 < done < 20
    with Sandbox(leads=1, burst=None) as sandbox:
        import_leads(file, sandbox)
        assert sum(made(sandbox).values()) == 20 - done


def test_after_an_outage_the_next_run_makes_what_is_missing(sandbox: Sandbox, file: Path) -> None:
    base_url = sandbox.url
    sandbox.stop()
    try:
        offline = import_leads(file, sandbox, base_url)
    finally:
        sandbox.start()
    assert offline[0].endswith("run this again when that is mended")
    assert offline[1].startswith("0 made, 0 refused, ")
    assert import_leads(file, sandbox) == [f"{ROWS} made, 0 refused, 0 unclear"]
    assert made(sandbox) == Counter(f"row-{n}" for n in range(ROWS))


def test_a_file_without_a_column_is_told_before_anything_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("key,name\na,Good\n")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        import_leads(file, sandbox)
    assert f"{file} has no column person_id, title" in caught.value.stderr
    assert not list(tmp_path.glob("*.journal"))
    assert not sandbox.requests
