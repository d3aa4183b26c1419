"""Open words of Pipedrive, and `UNSET`, which is one object wherever it travels."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from pipedrive_leads_async import UNSET, ArchivedStatus, LabelColor, VisibleTo


def test_unset_says_its_name_and_is_falsy() -> None:
    assert repr(UNSET) == "UNSET"
    assert not UNSET
    assert UNSET is not None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_unset_stays_the_same_object_in_a_copy_and_in_a_pickle(protocol: int) -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy([UNSET])[0] is UNSET
    assert pickle.loads(pickle.dumps(UNSET, protocol)) is UNSET


def test_the_words_are_plain_strings_where_strings_are_wanted() -> None:
    assert f"{ArchivedStatus.NOT_ARCHIVED}" == "not_archived"
    assert json.dumps([LabelColor.DARK_GRAY, VisibleTo.LEVEL_7]) == '["dark-gray", "7"]'


def test_the_words_are_those_of_the_reference() -> None:
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
