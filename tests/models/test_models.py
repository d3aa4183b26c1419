"""Test the common behaviour of all models, and their defaults, equality and hashes."""

from __future__ import annotations

import copy
import pickle
import weakref
from typing import Any, cast

import attrs
import pytest

from pipedrive_leads_async import (
    ContactDetail,
    Conversion,
    ConversionStatus,
    Lead,
    LeadField,
    LeadFieldOption,
    LeadLabel,
    LeadPage,
    LeadSearchResult,
    LeadSource,
    LeadValue,
    LinkedItem,
    Note,
    NoteAuthor,
    NoteItem,
    Organization,
    OrganizationSearchResult,
    Person,
    PersonSearchResult,
    PostalAddress,
    User,
    UserAccess,
    UserLanguage,
    from_dict,
    to_dict,
)
from tests.codec.lead_classes import MyLead, PlainLead

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
OTHER_ID = "918d8510-de6b-11eb-8042-15d11dd01d20"

LEAD = Lead(id=ID, title="Big order", extra={"new_key": [1]})
MODELS: list[Any] = [
    LEAD,
    LeadValue(amount=12.5, currency="EUR"),
    LeadLabel(id=ID, name="Hot"),
    LeadSource(name="API"),
    LeadPage(leads=[LEAD], start=0, limit=100, more_items_in_collection=False),
    LeadField(key="title", name="Title", options=(LeadFieldOption(id=1, label="A"),)),
    LeadFieldOption(id="x", label="A"),
    LeadSearchResult(id=ID, title="Big order", owner=LinkedItem(id=1), notes=("a note",)),
    LinkedItem(id=1, name="John Doe"),
    Note(id=5, content="Called", user=NoteAuthor(name="Ann")),
    NoteAuthor(name="Ann"),
    NoteItem(title="Big order"),
    User(id=7, name="Ann", access=(UserAccess(app="sales"),)),
    UserAccess(app="sales"),
    UserLanguage(language_code="en"),
    Conversion(conversion_id=OTHER_ID, source_id=ID, status="paused"),
    ContactDetail(value="ann@lee.example", label="work", primary=True),
    PostalAddress(value="Pikk 1, Tallinn", country="Estonia"),
    Person(id=1, name="Ann Lee", label_ids=(1,), custom_fields={"x": 1}),
    PersonSearchResult(id=1, name="Ann Lee", owner=LinkedItem(id=1)),
    Organization(id=1, name="Acme", address="Pikk 1, Tallinn"),
    OrganizationSearchResult(id=1, name="Acme", notes=("a note",)),
]


def names(model: Any) -> list[str]:
    return [field.name for field in attrs.fields(model.__class__)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
class TestEveryModel:
    def test_is_frozen(self, model: Any) -> None:
        for name in names(model):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(model, name, "other")

    def test_has_no_other_attributes(self, model: Any) -> None:
        with pytest.raises(AttributeError):
            object.__setattr__(model, "unknown", 1)

    def test_accepts_keyword_arguments_only(self, model: Any) -> None:
        few = 2 if isinstance(model, LeadValue) else 0  # LeadValue(5, "EUR") is common
        cls = cast("Any", type(model))
        with pytest.raises(TypeError, match="positional"):
            cls(*["x"] * (few + 1))

    def test_can_be_pickled_and_copied(self, model: Any) -> None:
        assert (
            pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == copy.copy(model) == model
        )

    def test_can_be_weakly_referenced(self, model: Any) -> None:
        assert weakref.ref(model)() is model

    def test_documents_every_field(self, model: Any) -> None:
        text = type(model).__doc__ or ""
        missing = {name for name in names(model) if f" {name}: " not in text}
        assert not missing


def test_lead_requires_only_an_id_and_a_title() -> None:
    required = {field.name for field in attrs.fields(Lead) if field.default is attrs.NOTHING}
    assert required == {"id", "title"}
    assert attrs.asdict(Lead(id=ID, title="Big order")) == {
        "id": ID,
        "title": "Big order",
        "label_ids": (),
        "custom_fields": {},
        "extra": {},
    } | dict.fromkeys(
        (
            "owner_id",
            "creator_id",
            "person_id",
            "organization_id",
            "source_name",
            "origin",
            "origin_id",
            "channel",
            "channel_id",
            "source_deal_id",
            "is_archived",
            "archive_time",
            "was_seen",
            "value",
            "expected_close_date",
            "next_activity_id",
            "add_time",
            "update_time",
            "visible_to",
            "cc_email",
        )
    )


def test_leads_are_compared_by_all_attributes_and_hashed_by_id() -> None:
    lead = Lead(id=ID, title="Big order")

    assert lead == Lead(id=ID, title="Big order")
    assert lead != attrs.evolve(lead, owner_id=1)
    assert {lead: 1}.keys() == {Lead(id=ID, title="Big order")}
    assert hash(lead) == hash(attrs.evolve(lead, title="Other", extra={"x": []}))
    assert hash(lead) != hash(attrs.evolve(lead, id=OTHER_ID))


def test_labels_sources_and_values_are_hashable() -> None:
    label = LeadLabel(id=ID, name="Hot")
    assert hash(label) == hash(attrs.evolve(label, name="Cold"))
    assert len({LeadSource(name="API"), LeadSource(name="API", extra={"x": []})}) == 2
    assert len({LeadValue(amount=1, currency="EUR"), LeadValue(amount=1.0, currency="EUR")}) == 1


@pytest.mark.parametrize(
    ("cls", "data"),
    [
        (LeadField, {"key": "title", "name": "Title", "options": [{"id": 1, "label": "A"}]}),
        (LeadSearchResult, {"id": ID, "owner": {"id": 1, "name": None}, "title": "x", "new": 1}),
        (Conversion, {"conversion_id": OTHER_ID, "source_id": 33, "status": "running"}),
    ],
    ids=["LeadField", "LeadSearchResult", "Conversion"],
)
def test_model_is_the_same_after_encoding_and_decoding(
    cls: type[Any], data: dict[str, Any]
) -> None:
    model = from_dict(cls, data)
    assert from_dict(cls, to_dict(model)) == model
    assert data.items() <= to_dict(model).items()


def test_results_fields_and_conversions_are_hashed_by_their_ids() -> None:
    result = LeadSearchResult(id=ID, title="Big order")
    field = LeadField(key="title", name="Title")
    new = Conversion(conversion_id=OTHER_ID, source_id=ID)
    assert hash(result) == hash(attrs.evolve(result, title="Other", emails=("j@doe.com",)))
    assert hash(result) != hash(attrs.evolve(result, id=OTHER_ID))
    assert hash(field) == hash(attrs.evolve(field, name="Other", order_nr=5))
    assert hash(new) == hash(attrs.evolve(new, status=ConversionStatus.FAILED))
    assert hash(new) != hash(attrs.evolve(new, source_id=33))


def test_new_conversion_has_not_started() -> None:
    new = Conversion(conversion_id=OTHER_ID, source_id=ID)
    assert new.status is ConversionStatus.NOT_STARTED
    assert (new.deal_id, new.lead_id) == (None, None)


@pytest.mark.parametrize("cls", [Lead, MyLead, PlainLead])
def test_pickle_from_before_a_field_was_added_loads_with_its_default(cls: type[Lead]) -> None:
    lead = cls(id=ID, title="Big order", owner_id=1, label_ids=("a",), extra={"new_key": 1})
    reduced: Any = lead.__reduce_ex__(4)
    create, arguments, state = reduced[:3]
    for name in ("archive_time", "label_ids", "owner_id"):
        del state[name]

    loaded = create(*arguments)
    loaded.__setstate__(state)

    assert loaded == attrs.evolve(lead, label_ids=(), owner_id=None)


def test_leads_do_not_share_their_mappings() -> None:
    first, second = (Lead(id=ID, title="Big order") for _ in range(2))
    assert first.extra is not second.extra
    assert first.custom_fields is not second.custom_fields
    assert first.extra is not first.custom_fields
