"""Test the plugin that fails a test in which a secret appears."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

TESTS: Final = """
import base64
import logging
import os
import subprocess
import sys
import threading
import warnings

import pytest

from pipedrive_leads_async import Attempt, DecodeError, PipedriveError
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async.sandbox import Sandbox

SECRET = "".join(["can", "ary-7f3a9c5e"])
BASIC = base64.b64encode(f"me:{SECRET}".encode()).decode()


def test_debug_log():
    logging.getLogger("aiohttp.client").debug("sent %s", SECRET)


def test_log_of_a_thread():
    thread = threading.Thread(target=logging.getLogger("asyncio").info, args=[SECRET])
    thread.start()
    thread.join()


def test_log_that_does_not_propagate():
    logging.getLogger("quiet").propagate = False
    logging.getLogger("quiet").debug(SECRET)


def test_extra_of_a_log_record():
    logging.info("done", extra={"token": SECRET})


def test_error_of_a_log_record():
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.debug("failed", exc_info=True)


def test_base64():
    logging.debug("Basic %s", BASIC)


@pytest.mark.parametrize("name", ["api_token", "access_token", "client_secret"])
def test_token_of_a_sandbox(name):
    logging.debug("%s", getattr(Sandbox(leads=0, seed=7), name))


def test_message_of_an_error():
    with pytest.raises(PipedriveError):
        raise PipedriveError(SECRET)


def raises(cause=None, **attributes):
    error = PipedriveError("harmless")
    vars(error).update(attributes)
    with pytest.raises(PipedriveError):
        raise error from cause


def test_request_id_of_an_error():
    raises(request_id=SECRET)


def test_value_deep_in_an_error():
    raises(raw=[{"a": {SECRET: 5}}])


def test_base64_without_the_word_in_an_error():
    raises(error=BASIC)


def test_cause_of_an_error():
    cause = DecodeError("harmless")
    cause.lead_id = SECRET
    raises(cause)


def test_local_variable_of_an_error():
    def read(body):
        raise PipedriveError("harmless")

    with pytest.raises(PipedriveError):
        read(SECRET)


def test_error_of_a_malformed_lead():
    DecodedPage([], {0: DecodeError("harmless", raw={"id": SECRET})})


def test_attempt():
    Attempt(
        operation="getLead", number=1, status=200, error=None, seconds=0.1, request_id=SECRET
    )


def test_expected_warning():
    with pytest.warns(UserWarning):
        warnings.warn(SECRET)


def test_stdout():
    print(SECRET)


def test_stderr():
    print(SECRET, file=sys.stderr)


def test_file_descriptor():
    os.write(2, SECRET.encode())


def test_output_read_with_capsys(capsys):
    print(SECRET)
    capsys.readouterr()


def test_output_of_a_process():
    subprocess.run([sys.executable, "-c", f"print({SECRET!r})"], capture_output=True)


@pytest.fixture
def printed_in_setup():
    print(SECRET)


def test_setup(printed_in_setup):
    pass


@pytest.fixture
def printed_in_teardown():
    yield
    print(SECRET)


def test_teardown(printed_in_teardown):
    pass


def test_harmless():
    raises(request_id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", raw={"id": 5})
    print(Sandbox(leads=0).client_id, "a" * 40)
    logging.getLogger("aiohttp.client").debug("sent ***")
    warnings.filterwarnings("ignore")
    warnings.warn("ignored")
    logging.getLogger("loud").setLevel(logging.INFO)
    logging.getLogger("loud").debug(SECRET)
"""


@pytest.mark.timeout(300)  # it waits for another run of pytest
def test_every_leak_of_a_secret_fails_its_test(tmp_path: Path) -> None:
    tests = tmp_path / "test_leaks.py"
    tests.write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.canaries", "-rA", "-q", tests.name],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    outcomes = dict[str, str]()
    report = re.findall(r"^([A-Z]+) test_leaks.py::test_(\w+)", done.stdout, re.MULTILINE)
    for outcome, name in report:
        outcomes[name] = outcome if outcome != "PASSED" else outcomes.get(name, outcome)
    passed = [name for name, outcome in outcomes.items() if outcome == "PASSED"]
    assert passed == ["harmless"], done.stdout
    assert len(outcomes) == TESTS.count("\ndef test_")
    assert "a secret appears in the log of aiohttp.client: sent can..." in done.stdout
    assert "a secret appears in stderr: can..." in done.stdout
    # The plugin also checks the output of this process for secrets.


def test_handlers_get_no_more_records_than_without_the_plugin(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("pipedrive_leads_async.unused")
    logger.debug("one")
    assert not caplog.records
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        logger.debug("two")
    with caplog.at_level(logging.INFO, logger=logger.name):
        assert not logger.isEnabledFor(logging.DEBUG)
        logger.debug("three")
    with caplog.at_level(logging.DEBUG):
        logger.debug("four")
    logger.warning("five")
    assert caplog.messages == ["two", "four", "five"]
