"""Test `examples/import_leads.py`: it adds one lead for each row, after any interruption."""

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


def added(sandbox: Sandbox) -> Counter[str]:
    """Return the number of leads that were imported, by key."""
    return Counter(lead["origin_id"] for lead in sandbox.leads if lead["origin_id"])


def test_every_row_becomes_one_lead_after_several_kills(sandbox: Sandbox, file: Path) -> None:
    for count in (25, 50, 80):
        process = subprocess.Popen(
            ["python", EXAMPLE, str(file)],
            cwd=ROOT,
            env=dict(os.environ) | environment(sandbox),
            stdout=subprocess.DEVNULL,
        )
        while len(added(sandbox)) < count and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    printed = import_leads(file, sandbox)
    assert printed == [f"{ROWS} added, 0 refused, 0 unclear"]
    assert added(sandbox) == Counter(f"row-{n}" for n in range(ROWS))

    again = import_leads(file, sandbox)
    assert again == printed
    assert len(added(sandbox)) == ROWS


def test_row_whose_response_is_lost_is_looked_up_by_the_next_run(
    sandbox: Sandbox, file: Path
) -> None:
    sandbox.fail("addLead", drop=True, times=2)
    first = import_leads(file, sandbox)
    assert first == [f"{ROWS - 2} added, 0 refused, 2 unclear"]
    second = import_leads(file, sandbox)
    assert second == [f"{ROWS} added, 0 refused, 0 unclear"]
    assert added(sandbox) == Counter(f"row-{n}" for n in range(ROWS))


def test_invalid_row_is_reported_and_the_others_are_added(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [
        ("a", "Good", str(person(sandbox))),
        ("b", "", str(person(sandbox))),
        ("c", "Nobody's", "999999999"),
        ("d", "Good", "?"),
        ("", "No key", str(person(sandbox))),
        (" e ", "Good too", str(person(sandbox))),
    ]
    file = write(tmp_path, rows)
    for _ in range(2):  # the second run has nothing to do
        printed = import_leads(file, sandbox)
        assert printed[0] == "2 added, 4 refused, 0 unclear"
        refused = [line.split(":")[0].strip() for line in sorted(printed[1:])]
        assert refused == ["", "b", "c", "d"]
        assert added(sandbox) == Counter("ae")


def test_persons_of_addresses_are_read_once_and_added_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    known = sandbox.persons[0]["emails"][0]["value"]
    file = tmp_path / "leads.csv"
    file.write_text(
        "key,title,email,name\n"
        f"a,Known,{known.upper()},\n"
        "b,New,ann@lee.example,Ann Lee\n"
        "c,New too, Ann@lee.example,Ann\n"
        "d,No address,ann,Ann\n"
        "e,No name,bo@lee.example,\n"
        ",No key,cy@lee.example,Cy\n"
        "f,,di@lee.example,Di\n"
    )
    for _ in range(2):  # the second run has nothing to do
        printed = import_leads(file, sandbox)
        assert printed[0] == "3 added, 4 refused, 0 unclear"
        assert any("d: emails[0] must be an email address" in line for line in printed)
    links = {lead["origin_id"]: lead["person_id"] for lead in sandbox.leads if lead["origin_id"]}
    assert links["a"] == 1
    assert links["b"] == links["c"] == sandbox.persons[-1]["id"]
    operations = Counter(request.operation for request in sandbox.requests)
    assert operations == {"getPersons": 1, "addPerson": 1, "addLead": 3}


def test_run_of_the_next_day_adds_the_rest(tmp_path: Path) -> None:
    with Sandbox(leads=1, burst=None, daily_tokens=55) as sandbox:
        rows = [(f"row-{n}", "Good", str(person(sandbox))) for n in range(20)]
        file = write(tmp_path, rows)
        printed = import_leads(file, sandbox)
        assert "run this again tomorrow" in printed[0]
        first_day = sum(added(sandbox).values())
    assert 0 < first_day < 20
    with Sandbox(leads=1, burst=None) as sandbox:
        import_leads(file, sandbox)
        assert sum(added(sandbox).values()) == 20 - first_day


def test_run_after_an_outage_adds_the_missing_rows(sandbox: Sandbox, file: Path) -> None:
    base_url = sandbox.url
    sandbox.stop()
    try:
        offline = import_leads(file, sandbox, base_url)
    finally:
        sandbox.start()
    assert offline[0].endswith("fix this, then run this again")
    assert offline[1].startswith("0 added, 0 refused, ")
    assert import_leads(file, sandbox) == [f"{ROWS} added, 0 refused, 0 unclear"]
    assert added(sandbox) == Counter(f"row-{n}" for n in range(ROWS))


def test_file_without_a_column_is_refused_before_anything_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("key,name\na,Good\n")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        import_leads(file, sandbox)
    assert f"{file} has no column person_id, title" in caught.value.stderr
    assert not list(tmp_path.glob("*.journal"))
    assert not sandbox.requests
