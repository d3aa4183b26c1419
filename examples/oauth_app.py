"""A marketplace app: users allow it to see their leads, and it shows them, account by account.

    python examples/oauth_app.py --port 8080

then open http://127.0.0.1:8080/. PIPEDRIVE_CLIENT_ID, PIPEDRIVE_CLIENT_SECRET and
PIPEDRIVE_REDIRECT_URI are what Pipedrive's Developer Hub has of the app; the last one ends in
`/callback`. Tokens are kept in the folder PIPEDRIVE_TOKENS, one file for each company.
"""

import argparse
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from pipedrive_leads_async import (
    FileTokenStore,
    LeadsClient,
    OAuth2,
    PipedriveError,
    ReauthorizationRequiredError,
    SessionManager,
    TokenStore,
)

# Pipedrive's, unless you try the app with a sandbox.
OAUTH_URL = os.environ.get("PIPEDRIVE_OAUTH_URL", "https://oauth.pipedrive.com")
BASE_URL = os.environ.get("PIPEDRIVE_BASE_URL")  # left out, each token says where its account is

TOKENS = Path(os.environ.get("PIPEDRIVE_TOKENS", "tokens")).resolve()
MANAGER = web.AppKey("manager", SessionManager)
COMPANIES = web.AppKey("companies", dict[str, int])
"""Who is logged in: the company of each browser session."""

routes = web.RouteTableDef()


def grant(store: TokenStore | None = None) -> OAuth2:
    """Make the credential of an account; two of one store share one refresh and rate limit."""
    return OAuth2(
        os.environ["PIPEDRIVE_CLIENT_ID"],
        os.environ["PIPEDRIVE_CLIENT_SECRET"],
        os.environ["PIPEDRIVE_REDIRECT_URI"],
        store=store,
        oauth_url=OAUTH_URL,
    )


def store_of(company: int) -> FileTokenStore:
    """Give the place where a company's token is kept."""
    return FileTokenStore(TOKENS / f"{company}.json")


@routes.get("/login")
async def login(_: web.Request) -> web.StreamResponse:
    """Send the user to Pipedrive, with a state that only this browser gets."""
    state = OAuth2.new_state()
    response = web.HTTPFound(grant().authorization_url(state))
    # Lax: the cookie comes along when Pipedrive sends the user back.
    response.set_cookie("state", state, max_age=600, httponly=True, samesite="Lax")
    return response


@routes.get("/callback")
async def callback(request: web.Request) -> web.StreamResponse:
    """Take the user back: exchange the code, find out whose it is, and keep the token."""
    if not OAuth2.state_matches(request.cookies.get("state"), request.query.get("state")):
        raise web.HTTPForbidden(text="This link is not the answer to your login. Please try again.")
    if "error" in request.query:
        raise web.HTTPForbidden(text="You did not allow the app to see your leads.")
    newcomer = grant()
    try:
        token = await newcomer.exchange(request.query.get("code", ""))
    except (PipedriveError, ValueError):
        raise web.HTTPBadGateway(
            text="Pipedrive did not accept the login. Please try again."
        ) from None
    manager = request.app[MANAGER]
    async with LeadsClient(newcomer, session=manager, base_url=BASE_URL) as client:
        company = (await client.request("GET", "/v1/users/me"))["company_id"]
    await store_of(company).save(token)
    session = secrets.token_urlsafe(32)
    request.app[COMPANIES][session] = company
    response = web.HTTPFound("/")
    response.del_cookie("state")
    response.set_cookie("session", session, httponly=True, samesite="Lax")
    return response


@routes.get("/")
async def leads(request: web.Request) -> web.StreamResponse:
    """Show the newest leads of the company of this browser."""
    company = request.app[COMPANIES].get(request.cookies.get("session", ""))
    if company is None:
        raise web.HTTPFound("/login")
    credential = grant(store_of(company))
    manager = request.app[MANAGER]
    try:
        # A client for each request is cheap: connections and limits are the manager's.
        async with LeadsClient(credential, session=manager, base_url=BASE_URL) as client:
            newest = client.get_leads(sort="add_time DESC", max_items=20)
            titles = [lead.title async for lead in newest]
    except ReauthorizationRequiredError:
        raise web.HTTPFound("/login") from None  # the user took the consent back
    except PipedriveError as error:
        raise web.HTTPBadGateway(text=f"Pipedrive does not answer: {error}") from None
    return web.json_response({"company": company, "leads": titles})


async def connections(app: web.Application) -> AsyncIterator[None]:
    """Open the connections with the app, and close them with it."""
    async with SessionManager() as app[MANAGER]:
        yield


def main() -> None:
    """Serve the app."""
    parser = argparse.ArgumentParser(description="Show the leads of whoever allows it.")
    parser.add_argument("--port", type=int, default=8080)
    TOKENS.mkdir(mode=0o700, exist_ok=True)
    app = web.Application()
    app[COMPANIES] = {}
    app.add_routes(routes)
    app.cleanup_ctx.append(connections)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port)


if __name__ == "__main__":
    main()
