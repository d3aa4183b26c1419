"""The users of an account."""

from __future__ import annotations

from .._http import reference as operations
from ..models import User
from ..models._lead import LeadT
from .base import Operations
from .responses import read_list, read_one


class UserOperations(Operations[LeadT]):
    """The operations on users, part of `LeadsClient`."""

    async def get_users(self) -> list[User]:
        """Get all users of the company, including inactive ones.

        It costs 20 tokens of the daily budget. Pipedrive returns them all in one response. An
        OAuth token needs the scope `users:read`.

        Raises:
            PermissionDeniedError: The OAuth token does not have the scope.

        Example:
            >>> async def id_of(client: LeadsClient, email: str) -> int:
            ...     return next(user.id for user in await client.get_users() if user.email == email)

        https://developers.pipedrive.com/docs/api/v1/Users#getUsers
        """
        return await self._caller.call(operations.GET_USERS, read_list(User))

    async def get_current_user(self) -> User:
        """Get the user to whom the credential belongs, with the company.

        It costs 2 tokens of the daily budget. An OAuth token needs the scope `base`, which every
        token has. An app can be installed by several users of one company, and each has a token
        of their own: keep it under the `company_id` and the `id` of this user.

        Example:
            >>> async def key_of(client: LeadsClient) -> tuple[int | None, int]:
            ...     user = await client.get_current_user()
            ...     return user.company_id, user.id

        https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser
        """
        return await self._caller.call(operations.GET_CURRENT_USER, read_one(User))
