"""Test `LeadNames`, the names of the things that leads are linked to."""

from __future__ import annotations

import pickle
import re
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import LabelNames, Lead, LeadNames

LEAD = Lead(
    id="8ba414d0-8ad8-11ef-9e9e-07879dd74146",
    title="Big order",
    owner_id=1,
    person_id=2,
    organization_id=3,
    channel=4,
    label_ids=("cold", "gone", "hot"),
)
NAMES = LeadNames(
    owners={1: "Aino"},
    persons={2: "Ann"},
    organizations={3: "Acme"},
    channels={4: "Fair"},
    labels={"hot": "Hot", "cold": "Cold", "warm": "Warm"},
)


def test_each_name_of_a_lead_is_found() -> None:
    assert NAMES.owner(LEAD) == "Aino"
    assert NAMES.person(LEAD) == "Ann"
    assert NAMES.organization(LEAD) == "Acme"
    assert NAMES.channel(LEAD) == "Fair"


def test_id_in_place_of_a_lead_is_a_type_error_that_names_the_mapping() -> None:
    names: Any = NAMES
    assert NAMES.owners.get(1) == "Aino"
    for method in ("owner", "person", "organization", "channel", "label"):
        read = getattr(names, "labels" if method == "label" else method)
        message = f"lead must be a Lead, got int: look up an id with names.{method}s.get(id)"
        with pytest.raises(TypeError, match=re.escape(message)):
            read(1)


def test_labels_is_a_mapping_and_returns_the_labels_of_a_lead() -> None:
    assert NAMES.labels(LEAD) == ("Cold", "Hot")
    assert NAMES.labels["warm"] == "Warm"
    assert dict(NAMES.labels) == {"hot": "Hot", "cold": "Cold", "warm": "Warm"}
    assert repr(LabelNames({"hot": "Hot"})) == "LabelNames({'hot': 'Hot'})"


def test_unknown_ids_and_leads_without_links_have_no_names() -> None:
    empty = Lead(id=LEAD.id, title="Big order")
    for names, lead in ((LeadNames(), LEAD), (NAMES, empty)):
        found = names.owner(lead), names.person(lead), names.organization(lead)
        assert (*found, names.channel(lead), names.labels(lead)) == (None,) * 4 + ((),)


@attrs.frozen(kw_only=True)
class LeadWithAnyOwner(Lead):
    """A lead class with a list instead of an id."""

    owner_id: Any = None


def test_owner_of_another_type_has_no_name() -> None:
    assert NAMES.owner(LeadWithAnyOwner(id=LEAD.id, title="Big order", owner_id=[1])) is None


def test_names_can_be_pickled_and_compared() -> None:
    restored = pickle.loads(pickle.dumps(NAMES))
    assert restored == NAMES
    assert restored.labels(LEAD) == ("Cold", "Hot")
    assert restored != attrs.evolve(NAMES, owners={})


def test_repr_has_no_personal_data() -> None:
    assert "Ann" not in repr(NAMES)
    assert "persons=<1 names>" in repr(NAMES)
