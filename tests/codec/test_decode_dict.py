"""Test that the fast decoder returns the same objects as the constructor."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import Lead, LeadLabel, LeadSource, LeadValue, VisibleTo
from pipedrive_leads_async._codec.decode_dict import dict_decoder
from pipedrive_leads_async._codec.fields import JsonField, json_fields
from tests.codec.lead_classes import (
    ID,
    KEYS,
    Address,
    AfterInit,
    BeforeInit,
    CachedHash,
    Computed,
    Converted,
    Defaulted,
    DictLead,
    GenericLead,
    Made,
    Mixed,
    MyLead,
    OwnInit,
    OwnNew,
    PlainInit,
    PlainLead,
    Rank,
    Registered,
    Stage,
    StrictLead,
    Table,
    Validated,
    row,
)


def read_special(field: JsonField) -> Callable[[Any], Any]:
    """Return the reader of a type that the generated code cannot check."""
    if field.kind is Rank:
        return Rank
    if field.kind == int | str:
        return str
    if field.time_format:
        return dt.datetime.fromisoformat
    if field.kind is Address:
        return lambda address: Address(**address)
    return decoder_of(field.kind)


def decoder_of(cls: type[Any]) -> Callable[[dict[str, Any]], Any]:
    decoder = dict_decoder(cls, read_special)
    assert decoder is not None
    return decoder


FULL = row(
    owner_id=1,
    creator_id=2,
    label_ids=["a", "b"],
    person_id=3,
    organization_id=4,
    source_name="API",
    origin="API",
    origin_id="order-1",
    channel=5,
    channel_id="c",
    source_deal_id=6,
    is_archived=True,
    archive_time="2024-10-15T09:33:33.213Z",
    was_seen=True,
    value={"amount": 12.5, "currency": "EUR", "rate": 1},
    expected_close_date="2024-01-31",
    next_activity_id=7,
    add_time="2024-10-15T09:33:33.213Z",
    update_time="2024-10-15T11:33:33.213+02:00",
    visible_to="3",
    cc_email="a@b.c",
    **{
        KEYS[0]: 1,
        KEYS[1]: "text",
        KEYS[2]: 2,
        KEYS[3]: True,
        KEYS[4]: "2024-02-29",
        KEYS[5]: "2024-02-29 10:00:00",
        KEYS[6]: ["x"],
        KEYS[7]: "1",
        KEYS[8]: {"street": "Main Street 1"},
        KEYS[9]: {"deep": [1]},
        KEYS[10]: 1,
        f"{KEYS[11]}_option": "a",
        KEYS[11]: 5,
    },
    new_key={"nested": []},
)
EXPECTED = MyLead(
    id=ID,
    title="Big order",
    owner_id=1,
    creator_id=2,
    label_ids=("a", "b"),
    person_id=3,
    organization_id=4,
    source_name="API",
    origin="API",
    origin_id="order-1",
    channel=5,
    channel_id="c",
    source_deal_id=6,
    is_archived=True,
    archive_time=dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC),
    was_seen=True,
    value=LeadValue(amount=12.5, currency="EUR", extra={"rate": 1}),
    expected_close_date=dt.date(2024, 1, 31),
    next_activity_id=7,
    add_time=dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC),
    update_time=dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC),
    visible_to=VisibleTo.LEVEL_3,
    cc_email="a@b.c",
    number=1,
    text="text",
    amount=2,
    flag=True,
    day=dt.date(2024, 2, 29),
    moment=dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC),
    words=("x",),
    stage=Stage.HOT,
    address=Address(street="Main Street 1"),
    anything={"deep": [1]},
    rank=Rank.FIRST,
    option="a",
    custom_fields={KEYS[11]: 5},
    extra={"new_key": {"nested": []}},
)


def test_every_type_of_field_is_decoded_as_annotated() -> None:
    lead = decoder_of(MyLead)(copy.deepcopy(FULL))

    assert lead == EXPECTED
    assert type(lead) is MyLead
    assert isinstance(lead.visible_to, VisibleTo)
    assert isinstance(lead.stage, Stage)
    assert type(lead.custom_fields) is dict
    assert type(lead.extra) is dict


@pytest.mark.parametrize("cls", [Lead, MyLead, DictLead, PlainLead])
def test_minimal_lead_has_the_defaults_of_the_constructor(cls: type[Lead]) -> None:
    lead = decoder_of(cls)(row())

    assert lead == cls(id=ID, title="Big order")
    assert repr(lead) == repr(cls(id=ID, title="Big order"))


@pytest.mark.parametrize("cls", [Lead, MyLead, DictLead, PlainLead])
def test_null_is_decoded_like_a_missing_key(cls: type[Lead]) -> None:
    nulls = {field.key: None for field in json_fields(cls)} | row()

    assert decoder_of(cls)(nulls) == decoder_of(cls)(row())


def test_labels_and_sources_keep_unknown_keys_in_extra() -> None:
    label = decoder_of(LeadLabel)({"id": ID, "name": "Hot", "color": "new-color", "x": 1})
    source = decoder_of(LeadSource)({"name": "API", "y": [2]})

    assert label == LeadLabel(id=ID, name="Hot", color="new-color", extra={"x": 1})
    assert source == LeadSource(name="API", extra={"y": [2]})


@attrs.frozen(weakref_slot=False)
class Price:
    amount: float


def test_class_without_extra_drops_unknown_keys() -> None:
    assert decoder_of(Price)({"amount": 5, "currency": "EUR"}) == Price(5)


def test_required_field_can_be_null_if_its_annotation_has_none() -> None:
    lead = decoder_of(StrictLead)(row(**{KEYS[0]: 1, KEYS[1]: None}))
    assert lead == StrictLead(id=ID, title="Big order", number=1, maybe=None)


# Not DictLead: attrs cannot copy or pickle a class without slots whose base has slots.
@pytest.mark.parametrize("cls", [Lead, MyLead, PlainLead])
def test_decoded_lead_can_be_pickled_and_deepcopied(cls: type[Lead]) -> None:
    lead = decoder_of(cls)(row(new_key=[1]))
    twin = copy.deepcopy(lead)

    assert pickle.loads(pickle.dumps(lead)) == twin == lead
    assert twin.extra["new_key"] is not lead.extra["new_key"]


@pytest.mark.parametrize("cls", [Lead, MyLead, DictLead, PlainLead])
class TestDecodedLead:
    def test_is_frozen(self, cls: type[Lead]) -> None:
        lead = decoder_of(cls)(row())
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            lead.title = "Other"
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del lead.title

    def test_can_be_evolved(self, cls: type[Lead]) -> None:
        lead = decoder_of(cls)(row())
        assert attrs.evolve(lead, title="Other") == cls(id=ID, title="Other")

    def test_can_be_weakly_referenced(self, cls: type[Lead]) -> None:
        lead = decoder_of(cls)(row())
        assert weakref.ref(lead)() is lead

    def test_is_hashed_by_its_id(self, cls: type[Lead]) -> None:
        lead = decoder_of(cls)(row(owner_id=1))
        assert hash(lead) == hash(cls(id=ID, title="Other"))
        assert lead != cls(id=ID, title="Other")
        assert hash(lead) != hash(cls(id=ID.replace("8", "9"), title="Big order"))


def test_leads_do_not_share_their_mappings() -> None:
    decoder = decoder_of(Lead)
    first, second = decoder(row()), decoder(row(**{KEYS[0]: 1}))
    first.extra["x"] = first.custom_fields["y"] = 1

    assert second.extra == {}
    assert second.custom_fields == {KEYS[0]: 1}
    assert decoder(row()).extra == {}


WRONG: dict[Any, list[Any]] = {
    str: [1, True, 1.5, ["a"], {"a": "b"}],
    int: [True, 7.9, 7.0, "7", "", [7], {"a": 7}],
    bool: [0, 1, "false", "", [], {}],
    float: [True, "1.5", "", [1.5], {}],
    dt.date: [20240131, "yesterday", "", "2024-01-31T10:00:00Z", [], {}, True],
    dt.datetime: [1707000000, "now", "", [], {}, True, "0001-01-01T00:00:00+14:00"],
    tuple[str, ...]: ["abc", {"a": "b"}, [1], ["a", None], [["a"]], 5, True],
    LeadValue: [5, "5 EUR", [5, "EUR"], {}, {"amount": "5", "currency": "EUR"}, {"amount": 5}],
    VisibleTo | str: [3, True, ["3"], {}],
}


@pytest.mark.parametrize(
    ("key", "value"),
    [(field.key, value) for field in json_fields(Lead) for value in WRONG[field.kind]],
)
def test_value_of_another_type_raises_and_is_not_converted(key: str, value: object) -> None:
    decoder = decoder_of(Lead)
    decoder(row())
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError, OverflowError)):
        decoder(row() | {key: value})


@pytest.mark.parametrize("key", ["id", "title"])
def test_missing_or_null_id_or_title_raises(key: str) -> None:
    with pytest.raises(KeyError, match=key):
        decoder_of(Lead)({k: v for k, v in row().items() if k != key})
    with pytest.raises(TypeError):
        decoder_of(Lead)(row() | {key: None})


@pytest.mark.parametrize("data", [None, [], "id", 5, ()])
def test_json_that_is_not_an_object_raises(data: Any) -> None:
    with pytest.raises((AttributeError, TypeError)):
        decoder_of(Lead)(data)


def test_unknown_value_of_an_open_enum_stays_a_str() -> None:
    lead = decoder_of(Lead)(row(visible_to="9"))
    assert lead.visible_to == "9"
    assert type(lead.visible_to) is str


@pytest.mark.parametrize(
    "cls",
    [
        Validated,
        Converted,
        Defaulted,
        Made,
        Computed,
        AfterInit,
        BeforeInit,
        OwnInit,
        PlainInit,
        OwnNew,
        CachedHash,
        GenericLead,
        Table,
        int,
        pytest.param(int | str, id="union"),
        pytest.param(list[str], id="list"),
    ],
)
def test_class_whose_constructor_does_more_has_no_generated_decoder(cls: Any) -> None:
    assert dict_decoder(cls, read_special) is None


@pytest.mark.parametrize("cls", [Mixed, Registered])
def test_class_with_ordinary_bases_has_a_generated_decoder(cls: type[Lead]) -> None:
    assert decoder_of(cls)(row()) == cls(id=ID, title="Big order")
