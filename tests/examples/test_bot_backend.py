"""Test `examples/bot_backend.py`, as seen by the users of its chats."""

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
    """The process of the example, with stand-ins for Telegram and Pipedrive."""

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
        """Start the process, unless it runs, and wait until it requests updates."""
        if self._process is None:
            self._telegram.forget_polls()  # before the start: its first poll may last a minute
            self._process = ExampleProcess(
                "examples/bot_backend.py", ready="", log=self._log, environment=self._environment
            )
            while not self._telegram.has_polled():
                assert self._process.process.poll() is None, self._process.log

    def stop(self) -> None:
        """Stop the process if it runs, and check its exit code and its log."""
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
    """Return the chats, with a bot that runs."""
    bot.start()
    yield telegram
    sandbox.clear_failures()


def added(sandbox: Sandbox) -> Counter[str]:
    """Return the number of leads that the bot added, by title."""
    return Counter(lead["title"] for lead in sandbox.leads if lead["origin_id"])


def test_colleague_can_list_find_add_and_label_leads(chats: BotApiServer, sandbox: Sandbox) -> None:
    reply = chats.ask(1, "/new Ann Lee: 50 chairs")
    new = sandbox.leads[-1]
    assert reply == f"Added: 50 chairs\n{new['id']}"
    assert reply.partition(": ")[2] == chats.ask(1, "/newest").split("\n\n")[0]
    assert f"50 chairs (Ann Lee)\n{new['id']}" in chats.ask(1, "/find chairs")

    assert chats.ask(1, f"/label {new['id']} hot") == "Labelled as hot: 50 chairs"
    assert chats.ask(1, f"/label {new['id']} warm") == "Labelled as warm: 50 chairs"
    [lead] = [lead for lead in sandbox.leads if lead["id"] == new["id"]]
    assert len(lead["label_ids"]) == 2


def test_bot_adds_the_person_of_a_lead_once(chats: BotApiServer, sandbox: Sandbox) -> None:
    for title, email in (("30 desks", "di@lee.example"), ("40 desks", "DI@lee.example")):
        reply = chats.ask(1, f"/new Di Lee {email}: {title}")
        assert reply == f"Added: {title}\n{sandbox.leads[-1]['id']}"
    [person] = [each for each in sandbox.persons if each["name"] == "Di Lee"]
    assert [lead["person_id"] for lead in sandbox.leads[-2:]] == [person["id"]] * 2


def test_bot_sends_its_commands_for_any_other_message(chats: BotApiServer) -> None:
    usage = chats.ask(1, "Hello?")
    assert "/newest" in usage
    for text in ("/find", "/new", "/new Ann Lee", "/label", f"/label {UNKNOWN}", "/delete all"):
        assert chats.ask(1, text) == usage


def test_bot_refuses_a_chat_that_is_not_listed(chats: BotApiServer, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    for text in ("/newest", "/find an", "/new Ann Lee: 50 chairs", "Hello?"):
        assert chats.ask(STRANGER, text) == "This chat may not use me. Its id is 99."
    assert len(sandbox.requests) == before


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("/find nothing like it", "Nothing found."),
        ("/find x", "This is not valid: term must have at least 2 characters"),
        ("/new Cy Lee: 50 chairs", "Pipedrive has no persons named Cy Lee."),
        ("/new Bo Lee: 50 chairs", "Pipedrive has 2 persons named Bo Lee."),
        ("/new Ann Lee:", "This is not valid: title is empty: pass a text."),
        ("/new Ann Lee ann@: 50 chairs", "This is not valid: emails[0] must be an email address"),
        ("/new ann@lee.example: 50 chairs", "This is not valid: name is empty: pass a text."),
        (f"/label {UNKNOWN} hot", "This lead does not exist."),
        (f"/label {UNKNOWN} purple", "This label does not exist. The labels are: "),
        ("/label 1 hot", "This is not valid: id must be a UUID"),
    ],
    ids=[
        "no result",
        "short term",
        "no person",
        "two persons",
        "no title",
        "invalid address",
        "no name",
        "unknown lead",
        "unknown label",
        "invalid id",
    ],
)
def test_bot_explains_an_invalid_command(chats: BotApiServer, text: str, reply: str) -> None:
    assert chats.ask(1, text).startswith(reply)


@pytest.mark.parametrize(
    ("operation", "fault", "text", "reply"),
    [
        ("getLeads", {"status": 401}, "/newest", "Pipedrive does not accept my credentials: "),
        ("getLeads", {"drop": True, "times": 3}, "/newest", "Pipedrive cannot be reached: "),
        ("addLead", {"status": 400}, "/new Ann Lee: refused", "Pipedrive does not accept this."),
        ("addLead", {"drop": True}, "/new Ann Lee: lost", "I do not know whether this was done: "),
    ],
    ids=["401", "no response", "400", "unknown outcome"],
)
def test_bot_explains_an_error_of_pipedrive(
    chats: BotApiServer, sandbox: Sandbox, operation: str, *, fault: Any, text: str, reply: str
) -> None:
    sandbox.fail(operation, **fault)
    assert chats.ask(1, text).startswith(reply)


def test_chat_does_not_wait_for_another(chats: BotApiServer, sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", delay=1.5)
    first, *others = COLLEAGUES
    chats.write(first, "/newest")
    for chat in others:
        chats.write(chat, f"/label {UNKNOWN} purple")
    for chat in others:
        assert chats.reply(chat).startswith("This label does not exist.")
    assert not chats.has_replied(first)
    assert chats.reply(first)


def test_simultaneous_messages_are_not_mixed_up(chats: BotApiServer, sandbox: Sandbox) -> None:
    for chat in COLLEAGUES:
        chats.write(chat, f"/new Ann Lee: of chat {chat}")
    for chat in COLLEAGUES:
        assert chats.reply(chat).startswith(f"Added: of chat {chat}\n")
    titles = [f"of chat {chat}" for chat in COLLEAGUES]
    assert [added(sandbox)[title] for title in titles] == [1] * len(titles)


def test_message_delivered_twice_adds_one_lead(chats: BotApiServer, sandbox: Sandbox) -> None:
    update = chats.write(2, "/new Ann Lee: again and again")
    chats.deliver(update)
    replies = sorted(chats.reply(2).partition(":")[0] for _ in range(2))
    assert replies == ["Added", "This lead was already added"]
    chats.deliver(update)
    assert chats.reply(2).startswith("This lead was already added: again and again\n")
    assert added(sandbox)["again and again"] == 1

    # The same text in another chat adds another lead.
    assert chats.ask(3, "/new Ann Lee: again and again").startswith("Added: ")
    assert added(sandbox)["again and again"] == 2


def test_lead_whose_response_is_lost_is_looked_up(chats: BotApiServer, sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    assert chats.ask(4, "/new Ann Lee: not lost").startswith("Added: not lost\n")
    assert added(sandbox)["not lost"] == 1


def test_pending_message_is_handled_before_the_bot_stops(
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
        bot.stop()  # the next process does not remember the exhausted budget
    assert chats.reply(5).startswith("Added: at the last moment\n")

    bot.start()
    chats.deliver(update)
    assert chats.reply(5).startswith("This lead was already added: at the last moment\n")
    assert added(sandbox)["at the last moment"] == 1
