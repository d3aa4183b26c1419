"""Test that nobody notices that custom fields and unknown keys are read at their first use."""

from __future__ import annotations

import copy
import gc
import inspect
import operator
import pickle
import sys
import threading
import typing
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import pytest

from pipedrive_leads_async import Lead, from_dict, to_dict
from pipedrive_leads_async._codec.codec import decode_page
from pipedrive_leads_async._codec.draft import draft_of
from pipedrive_leads_async.models._unread import LateAttribute, is_unread, readers
from tests.codec.lead_classes import ID, KEYS, Mixed, MyLead, PlainLead, row
from tests.codec.ways import page, read_page, run

CUSTOM: Final = "f" * 40
ROW: Final = row(owner_id=5, value={"amount": 1, "currency": "EUR"}, **{CUSTOM: ["a"]}, new=[1])
TEXT: Final = (
    b'{"id":"%b","title":"Big order","owner_id":5,"value":{"amount":1,"currency":"EUR"},'
    b'"%b":["a"],"new":[1]}' % (ID.encode(), CUSTOM.encode())
)


CLASSES: Final = pytest.mark.parametrize("cls", [Lead, MyLead, PlainLead, Mixed])


def unread(cls: type[Lead] = Lead) -> Lead:
    """Return a lead whose custom fields and unknown keys are not read yet."""
    [lead] = run(decode_page(cls, page(TEXT), most_rows=1)) or []
    assert is_unread(lead)
    return lead


def evolved(lead: Lead) -> Any:
    return attrs.evolve(lead, title="Other")


USES: Final[dict[str, Callable[[Lead], Any]]] = {
    "custom_fields": lambda lead: lead.custom_fields,
    "extra": lambda lead: lead.extra,
    "getattr": lambda lead: getattr(lead, "extra", None),
    "object.__getattribute__": lambda lead: object.__getattribute__(lead, "custom_fields"),
    "attrgetter": operator.attrgetter("custom_fields", "extra"),
    "descriptor": lambda lead: vars(Lead)["extra"].__get__(lead, Lead),
    "hasattr": lambda lead: hasattr(lead, "custom_fields"),
    "repr": repr,
    "==": lambda lead: (lead == unread(type(lead)), lead != evolved(lead)),
    "attrs.evolve": evolved,
    "attrs.asdict": attrs.asdict,
    "attrs.astuple": attrs.astuple,
    "to_dict": to_dict,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda lead: pickle.loads(pickle.dumps(lead)),
    "pickle protocol 2": lambda lead: pickle.loads(pickle.dumps(lead, 2)),
    "__getstate__": lambda lead: lead.__getstate__(),
}


@CLASSES
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_use_of_an_unread_lead_has_the_same_result(
    cls: type[Lead], use: Callable[[Lead], Any]
) -> None:
    lead = unread(cls)
    assert use(lead) == use(from_dict(cls, ROW))
    assert not is_unread(lead)
    assert lead == from_dict(cls, ROW)


def test_match_statement_matches_an_unread_lead() -> None:
    match unread():
        case Lead(owner_id=5, custom_fields=custom, extra={"new": [1]}):
            assert custom == {CUSTOM: ["a"]}
        case _:
            pytest.fail("no match")


@CLASSES
def test_fields_of_an_unread_lead_are_decoded_at_once(cls: type[Lead]) -> None:
    lead = unread(cls)
    assert (lead.id, lead.owner_id, lead.value) == (ID, 5, from_dict(cls, ROW).value)
    assert hash(lead) == hash(from_dict(cls, ROW))
    assert weakref.ref(lead)() is lead
    assert is_unread(lead)


@CLASSES
def test_unread_lead_is_frozen(cls: type[Lead]) -> None:
    lead = unread(cls)
    for name in ("custom_fields", "extra", "title"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(lead, name, {})
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(lead, name)
    assert lead.extra == {"new": [1]}


def test_attributes_are_the_same_objects_at_each_use() -> None:
    lead = unread()
    assert lead.extra is lead.extra
    assert lead.custom_fields is copy.copy(lead).custom_fields


def test_leads_do_not_share_what_is_read() -> None:
    first, second = run(decode_page(Lead, page(TEXT, TEXT), most_rows=2)) or []
    first.custom_fields[CUSTOM].append("b")
    assert second.custom_fields == {CUSTOM: ["a"]}


def test_row_is_dropped_once_it_was_read_and_the_page_at_once() -> None:
    lead = unread()
    kept = [item for item in gc.get_referents(lead) if isinstance(item, bytes)]
    assert kept == [TEXT]
    assert lead.extra
    assert not [item for item in gc.get_referents(lead) if isinstance(item, bytes)]


def test_value_that_is_set_before_is_not_replaced() -> None:
    lead, other = unread(), unread()
    object.__setattr__(lead, "custom_fields", {})
    object.__delattr__(other, "custom_fields")

    assert (lead.custom_fields, lead.extra) == ({}, {"new": [1]})
    assert other.extra == {"new": [1]}
    with pytest.raises(AttributeError, match="custom_fields"):
        _ = other.custom_fields


@CLASSES
def test_unread_lead_does_not_slow_down_other_decoders(cls: type[Lead]) -> None:
    unread(cls)
    draft: Any = draft_of(cls)
    for name in ("custom_fields", "extra"):
        assert inspect.ismemberdescriptor(getattr(draft, name))


def test_late_attribute_of_a_lead_that_was_read_can_be_deleted_as_usual() -> None:
    lead = unread()
    assert lead.extra == {"new": [1]}
    object.__delattr__(lead, "extra")
    with pytest.raises(AttributeError, match="extra"):
        object.__delattr__(lead, "extra")
    assert lead.custom_fields == {CUSTOM: ["a"]}


def test_attribute_of_an_empty_lead_is_missing_as_usual() -> None:
    lead = object.__new__(Lead)
    for name in ("extra", "title"):
        with pytest.raises(AttributeError, match=name) as caught:
            getattr(lead, name)
        assert caught.value.__context__ is None


def test_class_describes_late_attributes_as_slots() -> None:
    unread()
    late: Any = Lead.custom_fields
    assert isinstance(late, LateAttribute)
    assert inspect.isdatadescriptor(late)
    assert (late.__name__, late.__objclass__) == ("custom_fields", Lead)
    assert "custom_fields" in Lead.__slots__
    assert typing.get_type_hints(Lead)["custom_fields"] == Mapping[str, Any]
    assert [field.name for field in attrs.fields(Lead)][-2:] == ["custom_fields", "extra"]


def test_threads_that_read_one_lead_get_the_same_objects() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            lead, barrier = unread(), threading.Barrier(4)
            found: list[tuple[Any, Any]] = []

            def read(lead: Lead = lead, barrier: threading.Barrier = barrier) -> None:
                barrier.wait()
                found.append((lead.custom_fields, lead.extra))  # noqa: B023 - ends in this turn

            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert {(id(custom), id(extra)) for custom, extra in found} == {
                (id(lead.custom_fields), id(lead.extra))
            }
            assert lead == from_dict(Lead, ROW)
    finally:
        sys.setswitchinterval(interval)


def test_lead_that_is_read_while_it_is_read_keeps_its_first_objects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = unread()
    read, setters = readers[Lead]
    found: list[Any] = []

    def interrupted(row: bytes) -> Any:
        values = read(row)
        with monkeypatch.context() as inner:
            inner.setitem(readers, Lead, (read, setters))
            found.append(lead.extra)  # as the handler of a signal, or another thread
        return values

    monkeypatch.setitem(readers, Lead, (interrupted, setters))
    found += [lead.custom_fields, lead.extra]
    assert found[0] is found[2]
    assert found[1] == {CUSTOM: ["a"]}


def test_secret_key_of_a_row_is_not_kept() -> None:
    cls = attrs.frozen(kw_only=True)(type("Secretive", (Lead,), {"__secret_keys__": ("new",)}))
    lead = unread(cls)
    assert (lead.custom_fields, lead.extra) == ({CUSTOM: ["a"]}, {})


# Classes that replace one of the attributes.


@attrs.frozen(kw_only=True)
class Redefined(Lead):
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    custom_fields: Mapping[str, Any] = attrs.field(factory=dict[str, Any], eq=False)


@attrs.frozen(kw_only=True)
class OnlyExtra(Lead):
    custom_fields: Any = None


@attrs.frozen(kw_only=True)
class OnlyCustomFields(Lead):
    extra: Any = None


@attrs.frozen(kw_only=True)
class Neither(Lead):
    custom_fields: Any = None
    extra: Any = None


def with_a_property() -> type[Lead]:
    slot: Any = vars(Lead)["extra"]
    namespace = {"extra": property(slot.__get__, slot.__set__)}
    return type("WithAProperty", (Lead,), namespace)


@pytest.mark.parametrize(
    "cls", [Redefined, OnlyExtra, OnlyCustomFields, Neither, with_a_property()]
)
def test_class_that_replaces_an_attribute_is_decoded_as_by_from_dict(cls: type[Lead]) -> None:
    text = TEXT[:-1] + b',"extra":5,"custom_fields":{"a":1}}'
    expected = from_dict(cls, ROW | {"extra": 5, "custom_fields": {"a": 1}})
    [lead], _ = read_page(page(text), cls)

    assert attrs.asdict(lead) == attrs.asdict(expected)
    assert repr(lead) == repr(expected)


@attrs.frozen(kw_only=True)
class WithHooks(Lead):
    def __getattr__(self, name: str) -> Any:
        if name == "number":
            return self.custom_fields[KEYS[0]]
        raise AttributeError(name)

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


def test_class_with_its_own_attribute_hooks_reads_late() -> None:
    [lead], _ = read_page(page(TEXT[:-1] + b',"%b":7}' % KEYS[0].encode()), WithHooks)
    assert is_unread(lead)
    assert lead.number == 7  # type: ignore[attr-defined]  # from __getattr__
