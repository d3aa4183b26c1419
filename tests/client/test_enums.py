"""Test the enums and `UNSET`."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from pipedrive_leads_async import UNSET, ArchivedStatus, LabelColor, VisibleTo


def test_unset_has_its_name_as_repr_and_is_falsy() -> None:
    assert repr(UNSET) == "UNSET"
    assert not UNSET
    assert UNSET is not None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_unset_is_the_same_object_after_copying_and_pickling(protocol: int) -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy([UNSET])[0] is UNSET
    assert pickle.loads(pickle.dumps(UNSET, protocol)) is UNSET


def test_members_are_formatted_and_encoded_as_their_values() -> None:
    assert f"{ArchivedStatus.NOT_ARCHIVED}" == "not_archived"
    assert json.dumps([LabelColor.DARK_GRAY, VisibleTo.LEVEL_7]) == '["dark-gray", "7"]'


def test_members_are_those_of_the_reference() -> None:
    assert set(ArchivedStatus) == {"archived", "not_archived", "all"}
    assert set(VisibleTo) == {"1", "3", "5", "7"}
    assert set(LabelColor) == {
        "blue",
        "brown",
        "dark-gray",
        "gray",
        "green",
        "orange",
        "pink",
        "purple",
        "red",
        "yellow",
    }
