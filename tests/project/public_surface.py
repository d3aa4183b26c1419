"""Write the public names and their signatures as a text.

After an intended change, update the file: python -m tests.project.public_surface
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

import pipedrive_leads_async
from pipedrive_leads_async import UnsetType

FILE: Final = Path(__file__).parents[1] / "data" / "public_surface.txt"

_PACKAGE: Final = pipedrive_leads_async.__name__
_PROTOCOLS: Final = (
    "__aenter__",
    "__enter__",
    "__iter__",
    "__getitem__",
    "__contains__",
    "__len__",
)
"""The special methods behind `async with`, `with`, `for` and the like."""

_STARS: Final[dict[object, str]] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
_WIDTH: Final = 96


def modules() -> list[types.ModuleType]:
    """Return the package and its public modules, which are those with `__all__`."""
    found = pkgutil.iter_modules(pipedrive_leads_async.__path__, f"{_PACKAGE}.")
    names = sorted(module.name for module in found if not module.name.startswith(f"{_PACKAGE}._"))
    imported = [importlib.import_module(name) for name in (_PACKAGE, *names)]
    return [module for module in imported if hasattr(module, "__all__")]


def surface() -> str:
    """Return the text of all public modules."""
    public = {getattr(module, name) for module in modules() for name in module.__all__}
    parts: list[str] = []
    for module in modules():
        parts.append(f"# {module.__name__}\n")
        for name in module.__all__:
            parts += [*_described(name, getattr(module, name), public), ""]
    return "\n".join(parts)


def _described(name: str, value: Any, public: set[Any]) -> Iterator[str]:
    if inspect.isclass(value):
        return _class(value, public)
    if inspect.isfunction(value):
        return _function(name, value)
    return iter([f"{name} = {_annotation(value)}" if typing.get_origin(value) else name])


def _class(cls: Any, public: set[Any]) -> Iterator[str]:
    """Yield the lines of a class, without members that it inherits from other public classes."""
    inherited = {
        ancestor
        for base in cls.__mro__[1:]
        if base in public or not _is_ours(base)
        for ancestor in base.__mro__
    }
    named = inherited - {object, typing.Generic}
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base in named)
    yield f"class {cls.__name__}({bases})" if bases else f"class {cls.__name__}"
    constructors = {_owner(cls, name) for name in ("__init__", "__new__")} - inherited
    if issubclass(cls, enum.Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in cls)
    elif constructors and typing.Protocol not in cls.__bases__:
        yield from _indented(_call("", inspect.signature(cls)))
    if issubclass(cls, Exception):
        # Every error can be constructed without arguments, and has all its attributes then.
        known: list[Any] = [vars(base()) for base in cls.__bases__ if _is_ours(base)]
        yield from (f"    .{name}" for name in sorted(set[str](vars(cls())).difference(*known)))
    for name in dir(cls):
        is_named = not name.startswith("_") or name in _PROTOCOLS
        if is_named and _owner(cls, name) not in inherited:
            yield from _indented(_member(name, inspect.getattr_static(cls, name)))


def _member(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, property):
        getter: Any = value.fget
        yield f".{name}: {_annotation(inspect.signature(getter).return_annotation)}"
    elif isinstance(value, staticmethod):
        yield "@staticmethod"
        yield from _function(name, value.__func__)
    elif inspect.isfunction(value):
        yield from _function(name, value)


def _function(name: str, function: Any) -> Iterator[str]:
    if function.__name__ != name:
        yield f"{name} = {function.__name__}"
        return
    if function.__code__.co_filename == contextlib.__file__:
        yield "@asynccontextmanager"
    kind = "async def" if inspect.iscoroutinefunction(inspect.unwrap(function)) else "def"
    yield from _call(f"{kind} {name}", inspect.signature(function))


def _call(head: str, signature: inspect.Signature) -> Iterator[str]:
    """Yield a signature on one line, or on one line for each parameter if it is long."""
    parameters = [each for each in signature.parameters.values() if each.name != "self"]
    texts = [_parameter(each) for each in parameters]
    kinds = [each.kind for each in parameters]
    if inspect.Parameter.KEYWORD_ONLY in kinds:
        texts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    end = f") -> {_annotation(signature.return_annotation)}" if head else ")"
    line = f"{head}({', '.join(texts)}{end}"
    lines = [f"{head}(", *(f"    {text}," for text in texts), end]
    yield from [line] if len(line) <= _WIDTH else lines


def _parameter(parameter: inspect.Parameter) -> str:
    text = f"{_STARS.get(parameter.kind, '')}{parameter.name}: {_annotation(parameter.annotation)}"
    has_default = parameter.default is not parameter.empty
    return f"{text} = {_default(parameter.default)}" if has_default else text


def _annotation(annotation: Any) -> str:
    """Return a type as written in the source, from its text or its value."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return " | ".join(map(_option, typing.get_args(annotation)))
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"[\"~]|\b(?:typing|collections\.abc|pipedrive_leads_async[\w.]*)\.", "", text)


def _option(kind: Any) -> str:
    """Return one type of a union, which has a value if a converter is annotated with it."""
    if kind == UnsetType:
        return "UnsetType"
    if kind is types.NoneType:
        return "None"
    return _annotation(kind) if typing.get_origin(kind) else str(kind.__name__)


def _default(value: Any) -> str:
    if value is attrs.NOTHING:
        return "<factory>"  # as dataclasses write it
    if isinstance(value, enum.StrEnum):
        return f"{type(value).__name__}.{value.name}"
    return value.__name__ if inspect.isroutine(value) or inspect.isclass(value) else repr(value)


def _owner(cls: type, name: str) -> type:
    """Return the class that defines an attribute of a class."""
    return next((base for base in cls.__mro__ if name in vars(base)), object)


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == _PACKAGE


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


if __name__ == "__main__":
    FILE.write_text(surface(), encoding="utf-8")
