"""A Marketplace app: users install it, see their leads, disconnect it and uninstall it.

    python examples/oauth_app.py --port 8080
    python examples/oauth_app.py --refresh      # once a month, from cron

Then open http://127.0.0.1:8080/. In Pipedrive's Developer Hub, the Callback URL of the app ends in
`/callback`, and its Installation URL in `/login`. Set PIPEDRIVE_CLIENT_ID, PIPEDRIVE_CLIENT_SECRET
and PIPEDRIVE_REDIRECT_URI (the Callback URL) to its values. Tokens are saved in the folder
PIPEDRIVE_TOKENS, one file for each user of each company, because each user sees other leads.

https://pipedrive.readme.io/docs/app-installation-flows
"""

import argparse
import asyncio
import html
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import urlsplit

from aiohttp import web

from pipedrive_leads_async import (
    FileTokenStore,
    InvalidRequestError,
    LeadsClient,
    OAuth2,
    PermissionDeniedError,
    PipedriveError,
    ReauthorizationRequiredError,
    SessionManager,
)
from pipedrive_leads_async.webhooks import parse_uninstall

CLIENT_ID = os.environ["PIPEDRIVE_CLIENT_ID"]
CLIENT_SECRET = os.environ["PIPEDRIVE_CLIENT_SECRET"]
REDIRECT_URI = os.environ["PIPEDRIVE_REDIRECT_URI"]
TOKENS = Path(os.environ.get("PIPEDRIVE_TOKENS", "tokens")).resolve()
# Set both to use a sandbox. Without PIPEDRIVE_BASE_URL, each token contains its company's host.
OAUTH_URL = os.environ.get("PIPEDRIVE_OAUTH_URL", "https://oauth.pipedrive.com")
BASE_URL = os.environ.get("PIPEDRIVE_BASE_URL")

# Tokens


class PipedriveUser(NamedTuple):
    """A user of one company. Several users of a company can install the app."""

    company_id: int
    user_id: int

    @property
    def file(self) -> Path:
        """The file of the user's token."""
        return TOKENS / f"{self.company_id}-{self.user_id}.json"


def grant(user: PipedriveUser | None = None) -> OAuth2:
    """Return the credential of a user, or of somebody who is not known yet."""
    store = FileTokenStore(user.file) if user else None
    return OAuth2(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, store=store, oauth_url=OAUTH_URL)


async def refresh_all() -> int:
    """Refresh all tokens, because a grant ends when it is not used for 60 days."""
    failures = 0
    for path in sorted(TOKENS.glob("*-*.json")):
        user = PipedriveUser(*map(int, path.stem.split("-")))
        try:
            await grant(user).refresh()
        except ReauthorizationRequiredError:
            print(f"{user} has to install the app again")
        except PipedriveError as error:
            print(f"{user} was not refreshed, try again: {error}")
            failures += 1
    return failures


# Browsers


@dataclass(frozen=True)
class Session:
    """One browser. Keep this in the sessions of your web framework."""

    user: PipedriveUser | None = None  # who is logged in
    state: str | None = None  # of a login that this browser has started
    code: str | None = None  # which came without a state, until the user confirms it
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))


MOST_SESSIONS = 100_000  # so that the memory is bounded; the oldest ones end first
MANAGER = web.AppKey("manager", SessionManager)
SESSIONS = web.AppKey("sessions", dict[str, Session])
routes = web.RouteTableDef()


def session_of(request: web.Request) -> Session:
    """Return the session of the browser, or an empty one."""
    return request.app[SESSIONS].get(request.cookies.get("session", ""), Session())


def end_session(request: web.Request) -> None:
    """Forget the session of the browser."""
    request.app[SESSIONS].pop(request.cookies.get("session", ""), None)


def redirect(request: web.Request, session: Session, url: str) -> web.HTTPSeeOther:
    """Return a redirect that replaces the browser's session, under an id that nobody knows."""
    end_session(request)
    sessions, id = request.app[SESSIONS], secrets.token_urlsafe(32)
    sessions[id] = session
    if len(sessions) > MOST_SESSIONS:
        del sessions[next(iter(sessions))]
    response = web.HTTPSeeOther(url)
    is_local = urlsplit(REDIRECT_URI).hostname in ("127.0.0.1", "::1", "localhost")
    # With Lax, the browser sends the cookie when Pipedrive redirects the user to the callback.
    response.set_cookie("session", id, httponly=True, samesite="Lax", secure=not is_local)
    return response


def ask(session: Session, question: str, path: str, button: str) -> web.Response:
    """Return a page with a button, which posts the form token of this session."""
    form = f"""<p>{html.escape(question)}</p>
        <form method="post" action="{path}">
        <input type="hidden" name="token" value="{session.form_token}">
        <button>{button}</button></form>"""
    return web.Response(text=form, content_type="text/html")


async def confirmed(request: web.Request) -> Session:
    """Return the session of the browser, if the form that it posted comes from this session."""
    session, sent = session_of(request), (await request.post()).get("token")
    if not isinstance(sent, str) or not OAuth2.state_matches(session.form_token, sent):
        raise web.HTTPForbidden(text="This form does not belong to your session. Please try again.")
    return session


# Install


@routes.get("/login")
async def login(request: web.Request) -> NoReturn:
    """Redirect the user to Pipedrive's consent page, with a state that only this browser has."""
    state = OAuth2.new_state()
    session = replace(session_of(request), state=state, code=None)
    raise redirect(request, session, grant().authorization_url(state))


@routes.get("/callback")
async def callback(request: web.Request) -> NoReturn:
    """Receive the user from Pipedrive's consent page, with a code or an error."""
    query, session = request.query, session_of(request)
    if "state" in query and not OAuth2.state_matches(session.state, query["state"]):
        raise web.HTTPForbidden(text="This link does not belong to your login. Please try again.")
    if query.get("error") == "user_denied":
        raise web.HTTPForbidden(text="You did not allow the app to see your leads.")
    if "error" in query:  # for example, the company cannot install the app
        detail = query.get("error_description", "")
        raise web.HTTPBadRequest(text=f"Pipedrive reports: {query['error']} {detail}".strip())
    if not query.get("code"):
        raise web.HTTPBadRequest(text="This link has no code. Please try again.")
    if "state" in query:
        raise await connect(request, query["code"])
    # The Marketplace can send users here without a state. An attacker can do so too, with a code
    # of their own account: so the user must confirm it first.
    raise redirect(request, replace(session, state=None, code=query["code"]), "/connect")


@routes.get("/connect")
async def ask_to_connect(request: web.Request) -> web.Response:
    """Show what is about to be connected. An app with its own accounts asks for its login first."""
    session = session_of(request)
    if session.code is None:
        raise web.HTTPSeeOther("/login")
    present = "You are not logged in."
    if session.user:
        present = f"You are user {session.user.user_id} of company {session.user.company_id}."
    question = (
        f"{present} Do you want to log in as the Pipedrive user who has just allowed this app "
        "to see their leads? If you do not come from Pipedrive, close this page."
    )
    return ask(session, question, "/connect", "Connect")


@routes.post("/connect")
async def connect_confirmed(request: web.Request) -> NoReturn:
    """Connect the user whose code waits in this session."""
    session = await confirmed(request)
    if session.code is None:
        raise web.HTTPSeeOther("/login")
    raise await connect(request, session.code)


async def connect(request: web.Request, code: str) -> web.HTTPSeeOther:
    """Exchange a code, save the token under its user and company, and log the browser in."""
    end_session(request)  # its state or form cannot be used twice
    newcomer = grant()
    try:
        token = await newcomer.exchange(code)
        async with LeadsClient(newcomer, session=request.app[MANAGER], base_url=BASE_URL) as client:
            me = await client.get_current_user()
    except ReauthorizationRequiredError:
        raise web.HTTPSeeOther("/login") from None  # a code is valid once, and for five minutes
    except PipedriveError:
        raise web.HTTPBadGateway(text="Pipedrive refused the login. Please try again.") from None
    if me.company_id is None:
        raise web.HTTPBadGateway(text="Pipedrive did not name your company. Please try again.")
    user = PipedriveUser(me.company_id, me.id)
    await FileTokenStore(user.file).save(token)
    return redirect(request, Session(user), "/")


# Use


@routes.get("/")
async def leads(request: web.Request) -> web.Response:
    """Show the newest leads that the user may see."""
    user, manager = session_of(request).user, request.app[MANAGER]
    if user is None:
        raise web.HTTPSeeOther("/login")
    try:
        # A client for each request is cheap: the manager owns the connections and the limits.
        async with LeadsClient(grant(user), session=manager, base_url=BASE_URL) as client:
            newest = client.get_leads(sort="add_time DESC", max_items=20)
            titles = [lead.title async for lead in newest]
    except ReauthorizationRequiredError:
        raise web.HTTPSeeOther("/login") from None  # the user has withdrawn the consent
    except PermissionDeniedError as error:  # the message names an OAuth scope that is missing
        raise web.HTTPForbidden(text=f"{error}. To consent again, open /login.") from None
    except PipedriveError as error:
        raise web.HTTPBadGateway(text=f"The leads cannot be read: {error}") from None
    return web.json_response({"company": user.company_id, "user": user.user_id, "leads": titles})


# Leave


@routes.get("/disconnect")
async def ask_to_disconnect(request: web.Request) -> web.Response:
    """Ask the user before the app is uninstalled."""
    session = session_of(request)
    if session.user is None:
        raise web.HTTPSeeOther("/login")
    return ask(session, "Uninstall the app?", "/disconnect", "Uninstall")


@routes.post("/disconnect")
async def disconnect(request: web.Request) -> web.Response:
    """Uninstall the app from this side: revoke the refresh token, then forget the user."""
    user = (await confirmed(request)).user
    if user is None:
        raise web.HTTPSeeOther("/login")
    try:
        await grant(user).revoke()
    except ReauthorizationRequiredError:
        pass  # another browser of the user was faster
    except PipedriveError:
        raise web.HTTPBadGateway(text="Pipedrive does not respond. Please try again.") from None
    await forget(request.app, user)
    return web.Response(text="The app is uninstalled.")


@routes.delete("/callback")
async def uninstalled(request: web.Request) -> web.Response:
    """Forget a user who has uninstalled the app in Pipedrive."""
    body, authorization = await request.read(), request.headers.get("Authorization")
    try:
        event = parse_uninstall(
            body, authorization, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
    except PermissionError:
        raise web.HTTPUnauthorized from None
    except InvalidRequestError:
        raise web.HTTPBadRequest from None
    await forget(request.app, PipedriveUser(event.company_id, event.user_id))
    return web.Response(status=204)


@routes.post("/callback")
async def shared(_: web.Request) -> web.Response:
    """Accept the message that a user shares the app, and ignore it: anybody can send it."""
    return web.Response(status=204)


async def forget(app: web.Application, user: PipedriveUser) -> None:
    """Delete the token of a user, and log their browsers out."""
    async with FileTokenStore(user.file).lease():  # a refresh would save the token again
        user.file.unlink(missing_ok=True)
    for id, session in list(app[SESSIONS].items()):
        if session.user == user:
            del app[SESSIONS][id]


# Run


async def connections(app: web.Application) -> AsyncIterator[None]:
    """Open the session manager when the app starts, and close it when the app stops."""
    async with SessionManager() as app[MANAGER]:
        yield


def create_app() -> web.Application:
    """Return the app."""
    app = web.Application()
    app[SESSIONS] = {}
    app.add_routes(routes)
    app.cleanup_ctx.append(connections)
    return app


def main() -> None:
    """Serve the app, or refresh its tokens."""
    parser = argparse.ArgumentParser(description="Show users the leads that they may see.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--refresh", action="store_true", help="refresh all tokens, and exit")
    arguments = parser.parse_args()
    TOKENS.mkdir(mode=0o700, exist_ok=True)
    if arguments.refresh:
        raise SystemExit(1 if asyncio.run(refresh_all()) else 0)
    web.run_app(create_app(), host="127.0.0.1", port=arguments.port)


if __name__ == "__main__":
    main()
