"""The example of a bot, as people in chats see it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.bot_api_server import TOKEN, BotApiServer
from tests.examples.example_process import ExampleProcess

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

UNKNOWN = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
COLLEAGUES = range(1, 6)
STRANGER = 99


class Bot:
    """The example, between Telegram and Pipedrive."""

    def __init__(self, telegram: BotApiServer, sandbox: Sandbox, log: Path) -> None:
        self._telegram = telegram
        self._log = log
        self._environment = {
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_CHATS": ",".join(map(str, COLLEAGUES)),
            "PIPEDRIVE_API_TOKEN": sandbox.api_token,
            "PIPEDRIVE_BASE_URL": sandbox.url,
        }
        self._process: ExampleProcess | None = None

    def start(self) -> None:
        """Let it run, if it does not."""
        if self._process is None:
            self._process = ExampleProcess(
                "examples/bot_backend.py", ready="", log=self._log, environment=self._environment
            )
            self._telegram.wait_for_poll()

    def stop(self) -> None:
        """Ask it to end, if it runs, and look what it left."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
            assert process.process.returncode == 0
            for word in ("Traceback", "Warning: ", *self._secrets):
                assert word not in process.log

    @property
    def _secrets(self) -> tuple[str, str]:
        return TOKEN, self._environment["PIPEDRIVE_API_TOKEN"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(leads=50, burst=None) as sandbox:
        for name in ("Ann Lee", "Bo Lee", "Bo Lee"):
            sandbox.add_person(name=name)
        yield sandbox


@pytest.fixture(scope="module")
def telegram() -> Iterator[BotApiServer]:
    with BotApiServer() as telegram:
        yield telegram


@pytest.fixture(scope="module")
def bot(
    telegram: BotApiServer, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    bot = Bot(telegram, sandbox, tmp_path_factory.mktemp("bot") / "bot.log")
    yield bot
    bot.stop()


@pytest.fixture
def chats(bot: Bot, telegram: BotApiServer, sandbox: Sandbox) -> Iterator[BotApiServer]:
    """Telegram, with a bot that answers."""
    bot.start()
    yield telegram
    sandbox.clear_failures()


def made(sandbox: Sandbox) -> Counter[str]:
    """How many leads there are of each title that a test made up."""
    return Counter(lead["title"] for lead in sandbox.leads if lead["origin_id"])


def test_a_colleague_lists_finds_adds_and_labels_leads(
    chats: BotApiServer, sandbox: Sandbox
) -> None:
    answer = chats.ask(1, "/new Ann Lee: 50 chairs")
    new = sandbox.leads[-1]
    assert answer == f"Added: 50 chairs\n{new['id']}"
    assert answer.partition(": ")[2] == chats.ask(1, "/newest").split("\n\n")[0]
    assert f"50 chairs (Ann Lee)\n{new['id']}" in chats.ask(1, "/find chairs")

    assert chats.ask(1, f"/label {new['id']} hot") == "50 chairs is hot now."
    assert chats.ask(1, f"/label {new['id']} warm") == "50 chairs is warm now."
    [lead] = [lead for lead in sandbox.leads if lead["id"] == new["id"]]
    assert len(lead["label_ids"]) == 2


def test_who_writes_something_else_is_told_what_can_be_written(chats: BotApiServer) -> None:
    usage = chats.ask(1, "Hello?")
    assert "/newest" in usage
    for text in ("/find", "/new", "/new Ann Lee", "/label", f"/label {UNKNOWN}", "/delete all"):
        assert chats.ask(1, text) == usage


def test_a_stranger_gets_no_leads(chats: BotApiServer, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    for text in ("/newest", "/find an", "/new Ann Lee: 50 chairs", "Hello?"):
        assert chats.ask(STRANGER, text) == "This chat is not among mine. Its id is 99."
    assert len(sandbox.requests) == before


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/find nothing like it", "Nothing found."),
        ("/find x", "Not like this: term must have at least 2 characters"),
        ("/new Cy Lee: 50 chairs", "Pipedrive knows nobody called Cy Lee."),
        ("/new Bo Lee: 50 chairs", "Pipedrive knows 2 called Bo Lee."),
        ("/new Ann Lee:", "Not like this: title is empty: pass a text."),
        (f"/label {UNKNOWN} hot", "There is no such lead."),
        (f"/label {UNKNOWN} purple", "There is no such label. There are: "),
        ("/label 1 hot", "Not like this: id must be a UUID"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(chats: BotApiServer, text: str, answer: str) -> None:
    assert chats.ask(1, text).startswith(answer)


@pytest.mark.parametrize(
    ("operation", "fault", "text", "answer"),
    [
        ("getLeads", {"status": 401}, "/newest", "Pipedrive does not let me in any more: "),
        ("getLeads", {"drop": True, "times": 3}, "/newest", "Pipedrive cannot be reached: "),
        ("addLead", {"status": 400}, "/new Ann Lee: refused", "Pipedrive does not accept this."),
        ("addLead", {"drop": True}, "/new Ann Lee: lost", "I do not know whether this was done: "),
    ],
)
def test_what_fails_is_said_in_a_sentence(
    chats: BotApiServer, sandbox: Sandbox, operation: str, *, fault: Any, text: str, answer: str
) -> None:
    sandbox.fail(operation, **fault)
    assert chats.ask(1, text).startswith(answer)


def test_a_chat_does_not_wait_for_another(chats: BotApiServer, sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", delay=1.5)
    first, *others = COLLEAGUES
    chats.write(first, "/newest")
    for chat in others:
        chats.write(chat, f"/label {UNKNOWN} purple")
    for chat in others:
        assert chats.answer(chat).startswith("There is no such label.")
    assert not chats.has_answered(first)
    assert chats.answer(first)


def test_what_many_write_at_once_is_not_mixed_up(chats: BotApiServer, sandbox: Sandbox) -> None:
    for chat in COLLEAGUES:
        chats.write(chat, f"/new Ann Lee: of chat {chat}")
    for chat in COLLEAGUES:
        assert chats.answer(chat).startswith(f"Added: of chat {chat}\n")
    titles = [f"of chat {chat}" for chat in COLLEAGUES]
    assert [made(sandbox)[title] for title in titles] == [1] * len(titles)


def test_a_message_that_is_delivered_again_adds_no_second_lead(
    chats: BotApiServer, sandbox: Sandbox
) -> None:
    update = chats.write(2, "/new Ann Lee: again and again")
    chats.deliver(update)
    answers = sorted(chats.answer(2).partition(":")[0] for _ in range(2))
    assert answers == ["Added", "This was added already"]
    chats.deliver(update)
    assert chats.answer(2).startswith("This was added already: again and again\n")
    assert made(sandbox)["again and again"] == 1

    # Somebody else may want the same.
    assert chats.ask(3, "/new Ann Lee: again and again").startswith("Added: ")
    assert made(sandbox)["again and again"] == 2


def test_an_answer_of_pipedrives_that_was_lost_is_found_out(
    chats: BotApiServer, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    assert chats.ask(4, "/new Ann Lee: not lost").startswith("Added: not lost\n")
    assert made(sandbox)["not lost"] == 1


def test_what_is_under_way_is_answered_whatever_limit_is_reached_and_before_the_bot_stops(
    chats: BotApiServer, sandbox: Sandbox, bot: Bot
) -> None:
    sandbox.fail("addLead", delay=1.5)
    before = len(sandbox.requests)
    update = chats.write(5, "/new Ann Lee: at the last moment")
    while "addLead" not in [request.operation for request in sandbox.requests[before:]]:
        time.sleep(0.005)
    sandbox.fail("getLeads", status=429, retry_after=25)
    sandbox.fail("searchLeads", status=429, retry_after=4000)
    try:
        assert chats.ask(1, "/newest").endswith("try again in a minute.")
        assert chats.ask(1, "/find an").endswith("try again tomorrow.")
    finally:
        bot.stop()  # its successor does not wait until tomorrow
    assert chats.answer(5).startswith("Added: at the last moment\n")

    bot.start()
    chats.deliver(update)
    assert chats.answer(5).startswith("This was added already: at the last moment\n")
    assert made(sandbox)["at the last moment"] == 1
