"""The names of the things that leads are linked to by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any

import attrs

from .._shared import checks
from ._base import PydanticHooks
from ._lead import Lead


class LabelNames(Mapping[str, str]):
    """The names of labels by id. Called with a lead, it returns the names of the lead's labels.

    Example:
        >>> labels = LabelNames({"8ba414d0-8ad8-11ef-9e9e-07879dd74146": "Hot"})
        >>> labels["8ba414d0-8ad8-11ef-9e9e-07879dd74146"]
        'Hot'
    """

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = dict(names or {})

    def __call__(self, lead: Lead) -> tuple[str, ...]:
        """Return the names of the labels of a lead, without those that are unknown."""
        ids: Any = _of_lead(lead, "label_ids", "names.labels.get(id)")
        return tuple(self._names[id] for id in ids if id in self._names)

    def __getitem__(self, id: str) -> str:
        return self._names[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"LabelNames({self._names})"


def _count(names: Sized) -> str:
    return f"<{len(names)} names>"


@attrs.frozen(kw_only=True)
class LeadNames(PydanticHooks):
    """The names of the owners, persons, organizations, labels and channels of leads.

    Something that does not exist, or that the user may not see, has no name. The names are those
    of the leads that they were requested for; other names may be among them.

    Attributes:
        owners: The names of users by id.
        persons: The names of persons by id.
        organizations: The names of organizations by id.
        channels: The names of marketing channels by id.
        labels: The names of labels by id. In Python, `names.labels(lead)` are those of a lead.

    Example:
        >>> names = LeadNames(owners={11884360: "Aino Kask"})
        >>> names.owner(Lead(id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", title="Big order"))
        >>> names.owners[11884360]
        'Aino Kask'
    """

    # The repr has no names, because they are personal data.
    owners: Mapping[int, str] = attrs.field(factory=dict[int, str], repr=_count)
    persons: Mapping[int, str] = attrs.field(factory=dict[int, str], repr=_count)
    organizations: Mapping[int, str] = attrs.field(factory=dict[int, str], repr=_count)
    channels: Mapping[int, str] = attrs.field(factory=dict[int, str], repr=_count)
    labels: LabelNames = attrs.field(factory=LabelNames, converter=LabelNames, repr=_count)

    def owner(self, lead: Lead) -> str | None:
        """Return the name of the user who owns a lead; None if it is unknown."""
        return _name(self.owners, _of_lead(lead, "owner_id", "names.owners.get(id)"))

    def person(self, lead: Lead) -> str | None:
        """Return the name of the person of a lead; None without a person or a known name."""
        return _name(self.persons, _of_lead(lead, "person_id", "names.persons.get(id)"))

    def organization(self, lead: Lead) -> str | None:
        """Return the name of the organization of a lead; None without one or a known name."""
        id = _of_lead(lead, "organization_id", "names.organizations.get(id)")
        return _name(self.organizations, id)

    def channel(self, lead: Lead) -> str | None:
        """Return the name of the marketing channel of a lead; None without one or a known name."""
        return _name(self.channels, _of_lead(lead, "channel", "names.channels.get(id)"))


def _of_lead(lead: Lead, attribute: str, by_id: str) -> object:
    """Return an attribute of a lead.

    Raises:
        TypeError: The argument is something else, such as an id.
    """
    try:
        return getattr(lead, attribute)
    except AttributeError:
        kind = checks.kind_of(lead)
        raise TypeError(f"lead must be a Lead, got {kind}: look up an id with {by_id}") from None


def _name(names: Mapping[int, str], id: object) -> str | None:
    # A lead class of the user can have a value of any type there.
    return names.get(id) if isinstance(id, int) else None
