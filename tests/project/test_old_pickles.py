"""Test that pickles made by the first release can be loaded."""

from __future__ import annotations

import base64
import enum
import json
import pickle
import subprocess
import sys
from typing import Any, Final

import attrs
import pytest

from pipedrive_leads_async import CustomFields, LeadValue
from tests.project.old_pickles import FILE, LEAD, objects

PICKLES: Final[dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
TODAY: Final = objects()


def load(name: str) -> Any:
    return pickle.loads(base64.b64decode(PICKLES[name]))


def content(instance: Any) -> Any:
    """Return the arguments of an error, the attributes of a model, or any other object itself."""
    if isinstance(instance, Exception):
        return instance.args, vars(instance)
    return attrs.asdict(instance, recurse=False) if attrs.has(instance.__class__) else instance


CUSTOM_FIELDS: Final = ("CustomFields", "CustomFields named as columns")


@pytest.mark.parametrize("name", sorted(PICKLES.keys() - {*CUSTOM_FIELDS}))
def test_old_pickle_equals_the_same_object_made_today(name: str) -> None:
    loaded, made = load(name), TODAY[name]

    assert type(loaded) is type(made)
    assert content(loaded) == content(made)
    assert not isinstance(made, enum.Enum) or loaded is made


def test_old_pickle_of_custom_fields_writes_as_today() -> None:
    values = {"Monetary": LeadValue(amount=5, currency="EUR"), "Enum": "Hot", "Set": ["Cold"]}
    assert load("CustomFields").write(values) == TODAY["CustomFields"].write(values)


@pytest.mark.parametrize("name", CUSTOM_FIELDS)
def test_old_pickle_of_custom_fields_reads_and_has_columns_as_today(name: str) -> None:
    loaded: CustomFields = load(name)
    made: CustomFields = TODAY[name]

    assert list(loaded) == list(made)
    assert loaded.read(LEAD) == made.read(LEAD)
    for by in ("name", "key"):
        assert list(loaded.row(LEAD, by=by).items()) == list(made.row(LEAD, by=by).items())
        assert list(loaded.columns(by=by).items()) == list(made.columns(by=by).items())
    assert list(pickle.loads(pickle.dumps(loaded)).columns()) == list(made.columns())


def test_every_object_has_an_old_pickle() -> None:
    assert PICKLES.keys() == TODAY.keys()


@pytest.mark.parametrize("name", ["CustomFields", "Address", "Lead"])
def test_old_pickle_loads_in_a_process_that_has_not_imported_the_package(name: str) -> None:
    program = f"import base64, pickle; print(pickle.loads(base64.b64decode({PICKLES[name]!r})))"
    process = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert process.stdout == f"{TODAY[name]}\n"
