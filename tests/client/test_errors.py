"""Test the errors: their tree, messages, attributes and pickles."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import Any

import pytest

import pipedrive_leads_async
from pipedrive_leads_async import Lead, PipedriveError, errors

CLASSES: list[type[PipedriveError]] = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, PipedriveError)
]

# The attributes that each class adds, with values other than the defaults.
OWN: dict[str, dict[str, Any]] = {
    "PipedriveError": {"operation": "getLeads", "attempts": 3, "request_id": "abc"},
    "TransportError": {"sent": True},
    "ApiError": {
        "status": 429,
        "error": "request over limit",
        "error_info": "info",
        "code": "feature_capping_deals_limit",
        "retry_after": 2.5,
        "from_api": True,
    },
    "UnexpectedResponseError": {
        "status": 302,
        "refused": True,
        "garbled": True,
        "too_large": True,
        "misdirected": True,
    },
    "DecodeError": {
        "paths": ("$.data[3].owner_id: expected int, got str",),
        "lead_id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146",
        "raw": {"owner_id": "x"},
    },
    "AuthUnavailableError": {"retry_after": 2.0},
    "OutcomeUnknownError": {"idempotency_key": "order-1"},
    "IdempotencyKeyLostError": {
        "lead": Lead(id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", title="Big order"),
        "idempotency_key": "order-1",
    },
    "ConversionFailedError": {
        "status": "failed",
        "conversion_id": "4b40248b-945a-4802-b996-60fdff8c5c69",
        "source_id": 42,
    },
}


def attributes(cls: type[PipedriveError]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        found |= OWN.get(base.__name__, {})
    return found


def builtin_base(cls: type[PipedriveError]) -> str | None:
    builtin = [base.__name__ for base in cls.__bases__ if base.__module__ == "builtins"]
    return builtin[0] if builtin and builtin != ["Exception"] else None


def real_tree() -> dict[str, tuple[str | None, str | None]]:
    """Return the parent and the builtin base of each class."""
    return {
        cls.__name__: (
            next((base.__name__ for base in cls.__bases__ if base in CLASSES), None),
            builtin_base(cls),
        )
        for cls in CLASSES
    }


def documented_tree() -> dict[str, tuple[str | None, str | None]]:
    """Return the same, read from the tree in the module's docstring."""
    tree: dict[str, tuple[str | None, str | None]] = {}
    above: list[str] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        if drawn := re.match(r" {4}([│├└─ ]*)(\w+Error)(?: \((\w+)\))?", line):
            branches, name, builtin = drawn.groups()
            depth = len(branches) // 3
            above[depth:] = [name]
            tree[name] = (above[depth - 1] if depth else None, builtin)
    return tree


def test_tree_in_the_docstring_is_the_class_hierarchy() -> None:
    assert documented_tree() == real_tree()


def test_every_error_is_public_and_documented() -> None:
    assert {cls.__name__ for cls in CLASSES} <= set(pipedrive_leads_async.__all__)
    assert {cls.__name__ for cls in CLASSES} == set(errors.__all__)
    assert all(cls.__doc__ for cls in CLASSES)


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.ConfigurationError, ValueError),
        (errors.InvalidRequestError, ValueError),
        (errors.ClientClosedError, RuntimeError),
        (errors.WrongLoopError, RuntimeError),
        (errors.ConnectionFailedError, ConnectionError),
        (errors.CertificateError, OSError),
        (errors.RequestTimeoutError, TimeoutError),
    ],
)
def test_error_can_be_caught_as_a_builtin_exception(
    cls: type[PipedriveError], builtin: type[Exception]
) -> None:
    with pytest.raises(builtin):
        raise cls("broken")


@pytest.mark.parametrize("cls", CLASSES)
def test_message_begins_with_the_operation(cls: type[PipedriveError]) -> None:
    assert str(cls("it broke")) == "it broke"
    assert str(cls("it broke", operation="getLeads")) == "getLeads: it broke"


@pytest.mark.parametrize("cls", CLASSES)
def test_message_begins_with_an_operation_that_is_set_later(cls: type[PipedriveError]) -> None:
    error = cls("it broke")
    error.operation = "addLead"
    assert str(error) == "addLead: it broke"
    assert error.args == ("it broke",)


@pytest.mark.parametrize("cls", CLASSES)
def test_attributes_have_defaults(cls: type[PipedriveError]) -> None:
    error = cls()
    assert str(error) == ""
    assert (error.operation, error.attempts, error.request_id) == (None, 0, None)
    assert error.checkpoint is None
    for name in attributes(cls):
        assert getattr(error, name) in (None, 0, False, ())


@pytest.mark.parametrize("cls", CLASSES)
def test_errors_keep_all_attributes_when_copied_or_pickled(
    cls: type[PipedriveError],
) -> None:
    known = attributes(cls)
    error = cls("it broke", **known)
    error.checkpoint = "v1.abc"
    error.add_note("a note")
    pickles = [
        pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ]
    for twin in (error, *pickles, copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is cls
        assert str(twin) == "getLeads: it broke"
        assert vars(twin) == known | {"checkpoint": "v1.abc", "__notes__": ["a note"]}


@pytest.mark.parametrize("cls", CLASSES)
def test_docstring_documents_the_attributes_that_the_class_adds(cls: type[PipedriveError]) -> None:
    documented = set(re.findall(r"^ +(\w+): ", cls.__doc__ or "", re.MULTILINE))
    extra = {"checkpoint"} if cls is PipedriveError else set[str]()
    assert documented == OWN.get(cls.__name__, {}).keys() | extra


def test_decode_error_does_not_show_the_data() -> None:
    error = errors.DecodeError("the response does not fit Lead", raw={"title": "Jane Doe"})
    assert "Jane" not in f"{error!r} {error}"


def test_pipedrive_error_catches_all_errors() -> None:
    assert all(issubclass(cls, PipedriveError) for cls in CLASSES)
    assert issubclass(errors.DailyBudgetExhaustedError, errors.RateLimitedError)
    assert not issubclass(errors.BlockedError, errors.PermissionDeniedError)
