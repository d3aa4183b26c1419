"""The base class of all models, and the two kinds of field that most of them have."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs

# Both are left out of the hash, which is that of the id: a mapping has no hash.
maybe = partial(attrs.field, default=None, hash=False)
mapping = partial(attrs.field, factory=dict[str, Any], hash=False)


class Model:
    """An object of Pipedrive's API, decoded from a response."""

    # Defined here, so that all classes below have the same layout: the fast decoder needs it.
    __slots__ = ("__weakref__",)
