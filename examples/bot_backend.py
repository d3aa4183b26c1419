"""A Telegram bot for the leads of a Pipedrive account, on aiogram.

    pip install aiogram
    export TELEGRAM_BOT_TOKEN=... TELEGRAM_CHATS=1234,5678 PIPEDRIVE_API_TOKEN=...
    python examples/bot_backend.py

Anybody can write to a bot, so TELEGRAM_CHATS lists the ids of the chats that may use it. Set
PIPEDRIVE_BASE_URL to use your company's host, TELEGRAM_API_URL to use your own Bot API server.
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
    AddPersonRequest,
    AuthenticationError,
    BadRequestError,
    DailyBudgetExhaustedError,
    IdempotencyKeyLostError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RateLimitedError,
)

HELP = """\
/newest - show the five newest leads
/find chairs - search for leads
/new Ann Lee: 50 chairs - add a lead for a person in Pipedrive
/new Ann Lee ann@lee.example: 50 chairs - also add the person, if no one has this address
/label 8ba414d0-8ad8-11ef-9e9e-07879dd74146 Hot - add a label to a lead"""

log = logging.getLogger("bot_backend")
router = Router()


@router.message(Command("newest"))
async def show_newest(message: Message, client: LeadsClient) -> None:
    """Send the newest leads."""
    leads = [lead async for lead in client.get_leads(sort="add_time DESC", max_items=5)]
    await message.answer("\n\n".join(f"{lead.title}\n{lead.id}" for lead in leads) or "None yet.")


@router.message(Command("find", magic=F.args))
async def find(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Send the results of a search."""
    found = [lead async for lead in client.search_leads(command.args or "", max_items=5)]
    lines = (
        f"{lead.title}{f' ({lead.person.name})' if lead.person else ''}\n{lead.id}"
        for lead in found
    )
    await message.answer("\n\n".join(lines) or "Nothing found.")


@router.message(Command("new", magic=F.args.contains(":")))
async def add(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Add one lead for each message, even if Telegram delivers the message again.

    The lead is looked for among those of its person. So a message that is delivered again must
    lead to the same person, as it does unless a user changes the persons in between.
    """
    person, _, title = (text.strip() for text in (command.args or "").partition(":"))
    name, _, email = person.rpartition(" ")
    if "@" in email:
        request = AddPersonRequest(name=name, emails=[email])
        person_id = (await client.ensure_person(request)).person.id
    else:
        found = client.search_persons(person, fields="name", exact_match=True)
        ids = [each.id async for each in found]
        if len(ids) != 1:
            await message.answer(f"Pipedrive has {len(ids) or 'no'} persons named {person}.")
            return
        [person_id] = ids
    ensured = await client.ensure_lead(
        AddLeadRequest(title=title, person_id=person_id),
        idempotency_key=f"telegram-{message.chat.id}-{message.message_id}",
    )
    outcome = "Added" if ensured.created else "This lead was already added"
    await message.answer(f"{outcome}: {ensured.lead.title}\n{ensured.lead.id}")


@router.message(Command("label", magic=F.args.contains(" ")))
async def label(message: Message, command: CommandObject, client: LeadsClient) -> None:
    """Add a label to a lead, which keeps its other labels."""
    id, _, name = (command.args or "").partition(" ")
    labels = {label.name.casefold(): label for label in await client.get_lead_labels()}
    if name.strip().casefold() not in labels:
        names = ", ".join(label.name for label in labels.values())
        await message.answer(f"This label does not exist. The labels are: {names}.")
        return
    lead = await client.change_lead_labels(id, add=[labels[name.strip().casefold()]])
    await message.answer(f"Labelled as {name.strip()}: {lead.title}")


@router.message()
async def show_help(message: Message) -> None:
    """Send the list of commands."""
    await message.answer(HELP)


@router.error(ExceptionTypeFilter(PipedriveError), F.update.message.as_("message"))
async def report_error(event: ErrorEvent, message: Message) -> None:
    """Log the error, and send what the user can do about it."""
    log.warning("%s: %s", type(event.exception).__name__, event.exception)
    await message.answer(describe(event.exception))


def describe(error: Exception) -> str:
    """Return a sentence for the user."""
    match error:
        case InvalidRequestError():  # its text names the invalid argument
            text = f"This is not valid: {error}."
        case BadRequestError():
            text = "Pipedrive does not accept this."
        case NotFoundError():
            text = "This lead does not exist."
        case DailyBudgetExhaustedError():
            text = "Today's budget of requests is used up: try again tomorrow."
        case RateLimitedError():
            text = "There are too many requests at the moment: try again in a minute."
        case AuthenticationError():
            text = "Pipedrive does not accept my credentials: please contact my administrator."
        case IdempotencyKeyLostError():
            text = f"This lead was added: {error.lead.title}. Do not send it again."
        case OutcomeUnknownError():
            text = "I do not know whether this was done: look at /newest before you try again."
        case _:
            text = "Pipedrive cannot be reached: try again later."
    return text


strangers = Router()


@strangers.message()
async def refuse(message: Message) -> None:
    """Send the id of a chat that may not use the bot."""
    await message.answer(f"This chat may not use me. Its id is {message.chat.id}.")


def finish_before_stopping(dispatcher: Dispatcher) -> None:
    """Wait for pending messages at shutdown, because aiogram does not."""
    pending = set[asyncio.Task[Any]]()

    @dispatcher.update.outer_middleware
    async def begin(
        handle: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if task := asyncio.current_task():  # aiogram handles each message in a task
            pending.add(task)
            task.add_done_callback(pending.discard)
        return await handle(event, data)

    @dispatcher.shutdown()
    async def finish() -> None:
        await asyncio.gather(*pending, return_exceptions=True)


async def main() -> None:
    """Run the bot until it is stopped."""
    chats = {int(chat) for chat in os.environ["TELEGRAM_CHATS"].split(",")}
    telegram = os.environ.get("TELEGRAM_API_URL", "https://api.telegram.org")
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram))
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session)
    router.message.filter(F.chat.id.in_(chats))
    dispatcher = Dispatcher()
    dispatcher.include_routers(router, strangers)
    finish_before_stopping(dispatcher)
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    async with LeadsClient(base_url=base_url, timeout=20.0) as client:
        # aiogram does not annotate one of its arguments.
        await dispatcher.start_polling(bot, client=client)  # pyright: ignore[reportUnknownMemberType]


if __name__ == "__main__":
    asyncio.run(main())
