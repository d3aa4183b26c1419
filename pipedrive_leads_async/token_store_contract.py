"""What every `TokenStore` promises, as tests under pytest: inherit `TokenStoreContract`."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import Any, Final

import attrs

from .auth import Token, TokenStore

__all__ = ["TokenStoreContract"]

FIRST: Final = Token(
    "v1u:first",
    refresh_token="1:1:first",
    expires_at=dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC),
    scope="base,leads:full",
    api_domain="https://acme.pipedrive.com",
)
SECOND: Final = attrs.evolve(FIRST, access_token="v1u:second", refresh_token="1:1:second")
BARE: Final = Token("v1u:bare")


async def loaded(store: TokenStore) -> tuple[Token, Any]:
    """Load what must be there."""
    stored = await store.load()
    assert stored is not None
    return stored


class TokenStoreContract:
    """The rules for a store of your own, as the tests of a class that inherits this one.

    They take two fixtures, which you define: `store`, an empty store, and `other`, another
    object for the same place, as another process has it. They are coroutines: run them with
    pytest-asyncio or anyio.

    Example:
        >>> class TestPostgresTokenStore(TokenStoreContract):
        ...     @pytest.fixture
        ...     def store(self, pool):
        ...         return PostgresTokenStore(pool, account=1)
        ...
        ...     @pytest.fixture
        ...     def other(self, pool):
        ...         return PostgresTokenStore(pool, account=1)
    """

    async def test_an_empty_store_has_no_token(self, store: TokenStore) -> None:
        assert await store.load() is None

    async def test_what_was_saved_is_loaded(self, store: TokenStore, other: TokenStore) -> None:
        for token in (FIRST, BARE, SECOND):
            assert await store.save(token) is True
            for reader in (store, other):
                assert (await loaded(reader))[0] == token

    async def test_a_version_changes_when_the_token_does(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        versions: list[Any] = []
        for token in (FIRST, SECOND):
            await store.save(token)
            assert await loaded(store) == await loaded(other)
            versions.append((await loaded(store))[1])
        assert None not in versions
        assert versions[0] != versions[1]

    async def test_a_token_replaces_the_version_that_it_follows(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await loaded(store)
        assert await other.save(SECOND, expected=version) is True
        assert (await loaded(store))[0] == SECOND

    async def test_a_token_that_follows_another_version_is_not_stored(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await loaded(store)
        await other.save(SECOND)
        assert await store.save(BARE, expected=version) is False
        assert (await loaded(store))[0] == SECOND

    async def test_of_those_that_follow_one_version_one_is_stored(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await loaded(store)
        tokens = [Token(f"v1u:{number}") for number in range(8)]
        saved = await asyncio.gather(
            *(
                (store, other)[number % 2].save(token, expected=version)
                for number, token in enumerate(tokens)
            )
        )
        assert sorted(saved) == [False] * 7 + [True]
        assert (await loaded(store))[0] == tokens[saved.index(True)]

    async def test_one_at_a_time_holds_the_lease(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        holders: list[TokenStore] = []

        async def hold(mine: TokenStore) -> None:
            for _ in range(3):
                async with mine.lease():
                    holders.append(mine)
                    for _ in range(5):
                        await asyncio.sleep(0)
                        assert len(holders) == 1
                    holders.remove(mine)

        await asyncio.gather(hold(store), hold(store), hold(other))

    async def test_inside_the_lease_the_store_is_read_and_written(self, store: TokenStore) -> None:
        async with store.lease():
            await store.save(FIRST)
            _, version = await loaded(store)
            assert await store.save(SECOND, expected=version)

    async def test_the_lease_ends_with_an_error(self, store: TokenStore, other: TokenStore) -> None:
        lease = store.lease()
        await lease.__aenter__()
        error = LookupError()
        with contextlib.suppress(LookupError):
            await lease.__aexit__(LookupError, error, None)
        async with other.lease():
            pass

    async def test_the_lease_ends_with_the_cancellation_of_its_holder_and_of_who_waits(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        held = asyncio.Event()

        async def hold() -> None:
            async with store.lease():
                held.set()
                await asyncio.Event().wait()

        holder = asyncio.create_task(hold())
        await held.wait()
        waiter = asyncio.create_task(hold())
        await asyncio.sleep(0)
        for task in (waiter, holder):
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        async with other.lease():
            pass

    async def test_two_stores_of_one_place_are_equal(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        assert store == other
        assert hash(store) == hash(other)
