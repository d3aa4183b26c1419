"""The conditions under which a page joins the leads that were read; `trail` explains them."""

from __future__ import annotations

import enum


class Join(enum.StrEnum):
    """The condition under which the next page joins. Every page that joins by time joins."""

    TIME = "time"
    """It joins by time."""
    ID = "id"
    """Its first lead was read."""
    NEW = "new"
    """None of its leads was read."""
    TRUST = "trust"
    """None: it is the first page, or nothing that was read can be found again."""
