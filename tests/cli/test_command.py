"""Test the command line: its help, its errors and its exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipedrive_leads_async import __version__
from pipedrive_leads_async._cli import command
from pipedrive_leads_async._cli.command import main
from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account, run_command
from tests.support.calls import CANARY


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_help_lists_the_commands_with_examples(arguments: tuple[str, ...]) -> None:
    run = run_command(*arguments)
    assert (run.code, run.errors) == (0, "")
    for example in ("doctor", "export leads.csv", "sandbox --leads 2000"):
        assert f"  pipedrive-leads {example}\n" in run.printed
    assert "130  stopped with Ctrl-C" in run.printed


@pytest.mark.parametrize("name", ["doctor", "export", "sandbox"])
def test_each_command_has_a_help_of_its_own(name: str) -> None:
    run = run_command(name, "--help")
    assert (run.code, run.errors) == (0, "")
    assert run.printed.startswith(f"usage: pipedrive-leads {name} [-h]")


def test_version_is_printed() -> None:
    assert run_command("--version").printed == f"pipedrive-leads-async {__version__}\n"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("docter", "did you mean doctor?"),
        ("Export", "did you mean export?"),
        ("--base-url", "--help describes them"),
        (CANARY, "--help describes them"),
    ],
)
def test_unknown_command_is_refused_and_not_repeated(name: str, advice: str) -> None:
    run = run_command(name)
    assert (run.code, run.printed) == (2, "")
    message = "the command must be one of doctor, export, sandbox"
    assert run.errors == f"pipedrive-leads: {message}: {advice}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port=99999"], "port"),
        (["--leads=many"], "invalid int value"),
        (["--burst=0"], "burst"),
        (["--seat=5"], "unrecognized arguments"),
    ],
)
def test_sandbox_refuses_invalid_arguments(arguments: list[str], sentence: str) -> None:
    run = run_command("sandbox", *arguments)
    assert run.code == 2
    assert run.errors.startswith("usage: pipedrive-leads sandbox ")
    assert sentence in run.errors.splitlines()[-1]


def test_sandbox_serves_until_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", press_ctrl_c)

    def keep_handlers(*_: object) -> None:
        return None

    monkeypatch.setattr("signal.signal", keep_handlers)
    for secret in ("api_token", "client_secret"):
        monkeypatch.setattr(Sandbox, secret, "hidden")
    assert main(["sandbox", "--leads=3"]) == 0
    printed, errors = capsys.readouterr()
    assert errors == ""
    assert "with 3 leads; press Ctrl-C to stop it" in printed
    assert "export PIPEDRIVE_BASE_URL=http://127.0.0.1:" in printed


def test_ctrl_c_is_a_word_and_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def press_ctrl_c(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(command.COMMANDS, "doctor", press_ctrl_c)
    assert run_command("doctor") == (130, "", "pipedrive-leads: stopped\n")


# Outputs that cannot be written


@pytest.fixture
def closed_pipe() -> io.TextIOWrapper:
    """Return a pipe whose reader has ended."""
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w")


def run_into(stream: io.TextIOBase | None, sandbox: Sandbox) -> int:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account(sandbox).items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", stream)
        return main(["doctor"])


def test_reader_that_has_ended_is_no_error(
    sandbox: Sandbox, closed_pipe: io.TextIOWrapper, capsys: pytest.CaptureFixture[str]
) -> None:
    with closed_pipe:
        assert run_into(closed_pipe, sandbox) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.linux
def test_full_disk_is_a_sentence(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as disk:
        assert run_into(disk, sandbox) == 1
    assert capsys.readouterr().err == "pipedrive-leads: No space left on device\n"


@pytest.mark.linux
def test_help_into_a_full_disk_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as disk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", disk)
        assert main(["export", "--help"]) == 1
    assert capsys.readouterr().err == "pipedrive-leads: No space left on device\n"


def test_process_without_stdout_only_has_an_exit_code(sandbox: Sandbox) -> None:
    assert run_into(None, sandbox) == 0


def test_process_without_stderr_only_has_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["docter"]) == 2


@pytest.mark.linux
def test_error_that_cannot_be_written_leaves_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/full").open("w", buffering=1) as disk:
        monkeypatch.setattr(sys, "stderr", disk)
        assert main(["docter"]) == 2
        os.dup2(os.open(os.devnull, os.O_WRONLY), disk.fileno())


@pytest.mark.unix
def test_module_ends_quietly_when_its_output_is_no_longer_read() -> None:
    program = f"'{sys.executable}' -m pipedrive_leads_async | head -c 43"
    done = subprocess.run(["sh", "-c", program], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("usage: python -m pipedrive_leads_async <com", "")
