"""A Telegram bot for the leads of a Pipedrive account, on aiogram.

    pip install aiogram
    export TELEGRAM_BOT_TOKEN=... TELEGRAM_CHATS=1234,5678 PIPEDRIVE_API_TOKEN=...
    python examples/bot_backend.py

TELEGRAM_CHATS are those who may use it, as anybody can write to a bot. PIPEDRIVE_BASE_URL may
name your company's host, TELEGRAM_API_URL a Bot API server of your own.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command, CommandObject, ExceptionTypeFilter
from aiogram.types import ErrorEvent, Message, TelegramObject

from pipedrive_leads_async import (
    AddLeadRequest,
    AuthenticationError,
    BadRequestError,
    DailyBudgetExhaustedError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RateLimitedError,
)

HELP = """\
/newest - the five newest leads
/find chairs - what Pipedrive finds
/new Ann Lee: 50 chairs - a lead of somebody whom Pipedrive knows
/label 8ba414d0-8ad8-11ef-9e9e-07879dd74146 Hot - put a label on a lead"""

log = logging.getLogger("bot_backend")
router = Router()


@router.message(Command("newest"))
async def tell_newest(message: Message, client: LeadsClient) -> None:
    """Tell the newest leads."""
    leads = [lead async for lead in client.get_leads(sort="add_time DESC", max_items=5)]
    await message.answer("\n\n".join(f"{lead.title}\n{lead.id}" for lead in leads) or "None yet.")


@router.message(Command("find", magic=F.args))
async def find(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Tell the leads that a search finds."""
    found = [lead async for lead in client.search_leads(command.args or "", max_items=5)]
    lines = (
        f"{lead.title}{f' ({lead.person.name})' if lead.person else ''}\n{lead.id}"
        for lead in found
    )
    await message.answer("\n\n".join(lines) or "Nothing found.")


@router.message(Command("new", magic=F.args.contains(":")))
async def add(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Add a lead: one for each message, though a message may be delivered again."""
    name, _, title = (text.strip() for text in (command.args or "").partition(":"))
    query = {"term": name, "fields": "name", "exact_match": "true"}
    found = await client.request("GET", "/api/v2/persons/search", params=query)
    people = [hit["item"] for hit in found["items"]]
    if len(people) != 1:
        await message.answer(f"Pipedrive knows {len(people) or 'nobody'} called {name}.")
        return
    ensured = await client.ensure_lead(
        AddLeadRequest(title=title, person_id=people[0]["id"]),
        idempotency_key=f"telegram-{message.chat.id}-{message.message_id}",
    )
    done = "Added" if ensured.created else "This was added already"
    await message.answer(f"{done}: {ensured.lead.title}\n{ensured.lead.id}")


@router.message(Command("label", magic=F.args.contains(" ")))
async def label(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Put a label on a lead; it keeps those it has."""
    id, _, name = (command.args or "").partition(" ")
    labels = {label.name.casefold(): label for label in await client.get_lead_labels()}
    if name.strip().casefold() not in labels:
        names = ", ".join(label.name for label in labels.values())
        await message.answer(f"There is no such label. There are: {names}.")
        return
    lead = await client.change_lead_labels(id, add=[labels[name.strip().casefold()]])
    await message.answer(f"{lead.title} is {name.strip()} now.")


@router.message()
async def help_out(message: Message) -> None:
    """Tell what can be written."""
    await message.answer(HELP)


@router.error(ExceptionTypeFilter(PipedriveError), F.update.message.as_("message"))
async def excuse(event: ErrorEvent, message: Message) -> None:
    """Tell people what they can do about it; the rest is for the log."""
    log.warning("%s: %s", type(event.exception).__name__, event.exception)
    await message.answer(sentence(event.exception))


def sentence(error: Exception) -> str:
    """Say it in words for people."""
    match error:
        case InvalidRequestError():  # it names what is wrong
            text = f"Not like this: {error}."
        case BadRequestError():
            text = "Pipedrive does not accept this."
        case NotFoundError():
            text = "There is no such lead."
        case DailyBudgetExhaustedError():
            text = "Pipedrive's budget of today is used up: try again tomorrow."
        case RateLimitedError():
            text = "Pipedrive is asked too much at the moment: try again in a minute."
        case AuthenticationError():
            text = "Pipedrive does not let me in any more: please tell who looks after me."
        case OutcomeUnknownError():
            text = "I do not know whether this was done: look at /newest before you try again."
        case _:
            text = "Pipedrive cannot be reached: try again later."
    return text


strangers = Router()


@strangers.message()
async def refuse(message: Message) -> None:
    """Tell a chat what it needs to be let in."""
    await message.answer(f"This chat is not among mine. Its id is {message.chat.id}.")


def answer_before_stopping(dispatcher: Dispatcher) -> None:
    """Wait for the messages under way: aiogram leaves them when it is told to stop."""
    under_way = set[asyncio.Task[Any]]()

    @dispatcher.update.outer_middleware
    async def begin(
        handle: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if task := asyncio.current_task():  # it has one for each, which ends with the answer
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        return await handle(event, data)

    @dispatcher.shutdown()
    async def finish() -> None:
        await asyncio.gather(*under_way, return_exceptions=True)


async def main() -> None:
    """Answer until told to stop."""
    chats = {int(chat) for chat in os.environ["TELEGRAM_CHATS"].split(",")}
    telegram = os.environ.get("TELEGRAM_API_URL", "https://api.telegram.org")
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram))
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session)
    router.message.filter(F.chat.id.in_(chats))
    dispatcher = Dispatcher()
    dispatcher.include_routers(router, strangers)
    answer_before_stopping(dispatcher)
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    async with LeadsClient(base_url=base_url, timeout=20.0) as client:
        # aiogram leaves the type of one of its own arguments open.
        await dispatcher.start_polling(bot, client=client)  # pyright: ignore[reportUnknownMemberType]


if __name__ == "__main__":
    asyncio.run(main())
