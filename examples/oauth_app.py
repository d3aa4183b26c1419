"""A marketplace app: users log in with Pipedrive, and the app shows the leads of their company.

    python examples/oauth_app.py --port 8080

Then open http://127.0.0.1:8080/. Set PIPEDRIVE_CLIENT_ID, PIPEDRIVE_CLIENT_SECRET and
PIPEDRIVE_REDIRECT_URI to the values of the app in Pipedrive's Developer Hub; the redirect URI
ends in `/callback`. Tokens are saved in the folder PIPEDRIVE_TOKENS, one file for each company.
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

# Set both to use a sandbox. Without PIPEDRIVE_BASE_URL, each token contains its company's host.
OAUTH_URL = os.environ.get("PIPEDRIVE_OAUTH_URL", "https://oauth.pipedrive.com")
BASE_URL = os.environ.get("PIPEDRIVE_BASE_URL")

TOKENS = Path(os.environ.get("PIPEDRIVE_TOKENS", "tokens")).resolve()
MANAGER = web.AppKey("manager", SessionManager)
COMPANIES = web.AppKey("companies", dict[str, int])
"""The company of each browser session that is logged in."""

routes = web.RouteTableDef()


def grant(store: TokenStore | None = None) -> OAuth2:
    """Return the credential of an account; those of one store share refreshes and rate limit."""
    return OAuth2(
        os.environ["PIPEDRIVE_CLIENT_ID"],
        os.environ["PIPEDRIVE_CLIENT_SECRET"],
        os.environ["PIPEDRIVE_REDIRECT_URI"],
        store=store,
        oauth_url=OAUTH_URL,
    )


def store_of(company: int) -> FileTokenStore:
    """Return the token store of a company."""
    return FileTokenStore(TOKENS / f"{company}.json")


@routes.get("/login")
async def login(_: web.Request) -> web.StreamResponse:
    """Redirect the user to Pipedrive, with a state that only this browser has."""
    state = OAuth2.new_state()
    response = web.HTTPFound(grant().authorization_url(state))
    # With Lax, the browser sends the cookie when Pipedrive redirects the user back.
    response.set_cookie("state", state, max_age=600, httponly=True, samesite="Lax")
    return response


@routes.get("/callback")
async def callback(request: web.Request) -> web.StreamResponse:
    """Complete the login: exchange the code, read the company, and save the token."""
    if not OAuth2.state_matches(request.cookies.get("state"), request.query.get("state")):
        raise web.HTTPForbidden(text="This link does not belong to your login. Please try again.")
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
        # A client for each request is cheap: the manager owns the connections and the limits.
        async with LeadsClient(credential, session=manager, base_url=BASE_URL) as client:
            newest = client.get_leads(sort="add_time DESC", max_items=20)
            titles = [lead.title async for lead in newest]
    except ReauthorizationRequiredError:
        raise web.HTTPFound("/login") from None  # the user withdrew the consent
    except PipedriveError as error:
        raise web.HTTPBadGateway(text=f"The leads cannot be read: {error}") from None
    return web.json_response({"company": company, "leads": titles})


async def connections(app: web.Application) -> AsyncIterator[None]:
    """Open the session manager when the app starts, and close it when the app stops."""
    async with SessionManager() as app[MANAGER]:
        yield


def main() -> None:
    """Serve the app."""
    parser = argparse.ArgumentParser(description="Show the leads of the user's company.")
    parser.add_argument("--port", type=int, default=8080)
    TOKENS.mkdir(mode=0o700, exist_ok=True)
    app = web.Application()
    app[COMPANIES] = {}
    app.add_routes(routes)
    app.cleanup_ctx.append(connections)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port)


if __name__ == "__main__":
    main()
