"""What every model is: frozen, keyword only, hashed by what identifies it."""

from __future__ import annotations

import copy
import pickle
import weakref
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
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
    from_dict,
    to_dict,
)

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
    Conversion(conversion_id=OTHER_ID, source_id=ID, status="paused"),
]


def names(model: Any) -> list[str]:
    return [field.name for field in attrs.fields(model.__class__)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
class TestEveryModel:
    def test_is_frozen(self, model: Any) -> None:
        for name in names(model):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(model, name, "other")

    def test_takes_no_new_attributes(self, model: Any) -> None:
        with pytest.raises(AttributeError):
            object.__setattr__(model, "unknown", 1)

    def test_is_made_with_keywords_alone(self, model: Any) -> None:
        with pytest.raises(TypeError, match="positional"):
            type(model)("first", "second")

    def test_survives_pickling_and_copying(self, model: Any) -> None:
        assert (
            pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == copy.copy(model) == model
        )

    def test_is_weakly_referenced(self, model: Any) -> None:
        assert weakref.ref(model)() is model

    def test_documents_every_field(self, model: Any) -> None:
        text = type(model).__doc__ or ""
        missing = {name for name in names(model) if f" {name}: " not in text}
        assert missing <= {"title", "name", "type", "extra"}


def test_a_lead_needs_an_id_and_a_title_and_nothing_else() -> None:
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


def test_leads_are_equal_if_everything_is_and_hashed_by_id() -> None:
    lead = Lead(id=ID, title="Big order")

    assert lead == Lead(id=ID, title="Big order")
    assert lead != attrs.evolve(lead, owner_id=1)
    assert {lead: 1}.keys() == {Lead(id=ID, title="Big order")}
    assert hash(lead) == hash(attrs.evolve(lead, title="Other", extra={"x": []}))
    assert hash(lead) != hash(attrs.evolve(lead, id=OTHER_ID))


def test_labels_sources_and_values_can_be_in_sets() -> None:
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
def test_what_is_read_can_be_written_again(cls: type[Any], data: dict[str, Any]) -> None:
    model = from_dict(cls, data)
    assert from_dict(cls, to_dict(model)) == model
    assert data.items() <= to_dict(model).items()


def test_what_is_found_is_hashed_by_what_identifies_it() -> None:
    result = LeadSearchResult(id=ID, title="Big order")
    field = LeadField(key="title", name="Title")
    begun = Conversion(conversion_id=OTHER_ID, source_id=ID)
    assert hash(result) == hash(attrs.evolve(result, title="Other", emails=("j@doe.com",)))
    assert hash(result) != hash(attrs.evolve(result, id=OTHER_ID))
    assert hash(field) == hash(attrs.evolve(field, name="Other", order_nr=5))
    assert hash(begun) == hash(attrs.evolve(begun, status=ConversionStatus.FAILED))
    assert hash(begun) != hash(attrs.evolve(begun, source_id=33))


def test_a_conversion_that_was_begun_has_not_started() -> None:
    begun = Conversion(conversion_id=OTHER_ID, source_id=ID)
    assert begun.status is ConversionStatus.NOT_STARTED
    assert (begun.deal_id, begun.lead_id) == (None, None)


def test_no_two_leads_share_a_mapping() -> None:
    first, second = (Lead(id=ID, title="Big order") for _ in range(2))
    assert first.extra is not second.extra
    assert first.custom_fields is not second.custom_fields
    assert first.extra is not first.custom_fields
