"""`TokenStoreContract`: pytest tests for your own `TokenStore`."""

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


async def load(store: TokenStore) -> tuple[Token, Any]:
    """Return the stored token and its version."""
    stored = await store.load()
    assert stored is not None
    return stored


class TokenStoreContract:
    """The tests that every `TokenStore` must pass. Inherit them in a test class of your own.

    They use two fixtures that your class defines: `store`, an empty store, and `other`, another
    object for the same place, such as another process has. The tests are coroutines: run them
    with pytest-asyncio or anyio.

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

    async def test_empty_store_has_no_token(self, store: TokenStore) -> None:
        assert await store.load() is None

    async def test_saved_token_is_loaded(self, store: TokenStore, other: TokenStore) -> None:
        for token in (FIRST, BARE, SECOND):
            assert await store.save(token) is True
            for reader in (store, other):
                assert (await load(reader))[0] == token

    async def test_version_changes_with_the_token(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        versions: list[Any] = []
        for token in (FIRST, SECOND):
            await store.save(token)
            assert await load(store) == await load(other)
            versions.append((await load(store))[1])
        assert None not in versions
        assert versions[0] != versions[1]

    async def test_save_replaces_the_expected_version(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await load(store)
        assert await other.save(SECOND, expected=version) is True
        assert (await load(store))[0] == SECOND

    async def test_save_does_not_replace_another_version(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await load(store)
        await other.save(SECOND)
        assert await store.save(BARE, expected=version) is False
        assert (await load(store))[0] == SECOND

    async def test_one_of_concurrent_saves_replaces_the_expected_version(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        await store.save(FIRST)
        _, version = await load(store)
        tokens = [Token(f"v1u:{number}") for number in range(8)]
        saved = await asyncio.gather(
            *(
                (store, other)[number % 2].save(token, expected=version)
                for number, token in enumerate(tokens)
            )
        )
        assert sorted(saved) == [False] * 7 + [True]
        assert (await load(store))[0] == tokens[saved.index(True)]

    async def test_lease_has_one_holder_at_a_time(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        holders: list[TokenStore] = []

        async def hold(one: TokenStore) -> None:
            for _ in range(3):
                async with one.lease():
                    holders.append(one)
                    for _ in range(5):
                        await asyncio.sleep(0)
                        assert len(holders) == 1
                    holders.remove(one)

        await asyncio.gather(hold(store), hold(store), hold(other))

    async def test_store_is_readable_and_writable_inside_the_lease(self, store: TokenStore) -> None:
        async with store.lease():
            await store.save(FIRST)
            _, version = await load(store)
            assert await store.save(SECOND, expected=version)

    async def test_lease_ends_with_an_error(self, store: TokenStore, other: TokenStore) -> None:
        lease = store.lease()
        await lease.__aenter__()
        error = LookupError()
        with contextlib.suppress(LookupError):
            await lease.__aexit__(LookupError, error, None)
        async with other.lease():
            pass

    async def test_lease_ends_with_the_cancellation_of_its_holder_or_waiter(
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

    async def test_stores_of_one_place_are_equal(
        self, store: TokenStore, other: TokenStore
    ) -> None:
        assert store == other
        assert hash(store) == hash(other)
