"""Link names and files of the repository, and shorten what autodoc shows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import PurePosixPath
from types import ModuleType
from typing import Final

import attrs
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python._object import PyObject
from sphinx.environment import BuildEnvironment

import pipedrive_leads_async
from pipedrive_leads_async import LeadsClient

PYTHON: Final = "https://docs.python.org/3/library/"
PYTHON_MODULES: Final = (
    "collections.abc",
    "contextlib",
    "datetime",
    "os",
    "ssl",
    "uuid",
)
AIOHTTP: Final = "https://docs.aiohttp.org/en/stable/client_reference.html"
AMBIGUOUS: Final = {"aclose", "rate", "request"}
"""Methods whose names are also those of arguments, or of methods of other classes."""


def public_modules() -> list[ModuleType]:
    """Return the package and its public modules."""
    root = pipedrive_leads_async.__name__
    found = pkgutil.iter_modules(pipedrive_leads_async.__path__, f"{root}.")
    names = sorted(
        module.name for module in found if not module.name.startswith(f"{root}._")
    )
    modules = [importlib.import_module(name) for name in (root, *names)]
    return [module for module in modules if hasattr(module, "__all__")]


def documented_names() -> dict[str, str]:
    """Return the full name of each public name and of each method of the client."""
    names: dict[str, str] = {}
    for module in public_modules():
        for name in module.__all__:
            names.setdefault(name, f"{module.__name__}.{name}")
    methods = {
        name for name in dir(LeadsClient) if name == name.lower() and name[0] != "_"
    }
    client = names["LeadsClient"]
    return names | {name: f"{client}.{name}" for name in methods - AMBIGUOUS}


NOT_LINKED: Final = (nodes.reference, nodes.title, addnodes.pending_xref)
"""The nodes whose monospace text is in a link already, or in a heading."""

NAMES: Final = documented_names()

SIMPLER: Final = (
    (r"~?(typing\.)?Literal\[[\w.~]*Unset\.UNSET\]", f"~{NAMES['UnsetType']}"),
    (r" \| ~[\w.]+\.FromEnvironment\b", ""),
    (r": dt\.", ": ~datetime."),
    (r"= NOTHING", "= {}"),
    (r"= <class '(?:\w+\.)*(\w+)'>", r"= \1"),
    (r"= <[^>]*>", "= ..."),
)
"""Patterns in signatures, and the text that a user would write."""


def link_to_repository(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace links to files outside of `docs` by links to the repository."""
    up = "../" * len(PurePosixPath(name).parts)
    pattern = rf"(\]\(|^\[[\w-]+\]: ){re.escape(up)}(?!\.)"
    address = f"{app.config.project_address}/blob/main/"
    source[0] = re.sub(pattern, rf"\1{address}", source[0], flags=re.MULTILINE)


def link_names(app: Sphinx, doctree: nodes.document) -> None:
    """Link each public name in monospace to its entry in the reference."""
    for literal in list(doctree.findall(nodes.literal)):
        target = NAMES.get(literal.astext().removesuffix("()"))
        if target and not isinstance(literal.parent, NOT_LINKED):
            link = addnodes.pending_xref(
                "",
                literal.deepcopy(),
                refdomain="py",
                reftype="obj",
                reftarget=target,
                refexplicit=True,
                refwarn=True,
                refdoc=app.env.docname,
            )
            literal.replace_self(link)


def read_as_markdown(
    app: Sphinx, kind: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Mark the code of a docstring, which has single backticks, with double ones."""
    text = "\n".join(lines)
    lines[:] = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", text).split("\n")


def link_outside(
    app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    content: nodes.TextElement,
) -> nodes.reference | None:
    """Return a link to the documentation of Python or aiohttp."""
    module, _, name = str(node.get("reftarget", "")).rpartition(".")
    if module in PYTHON_MODULES:
        uri = f"{PYTHON}{module}.html#{module}.{name}"
    elif module.partition(".")[0] == "aiohttp":
        uri = f"{AIOHTTP}#aiohttp.{name}"
    else:
        return None
    return nodes.reference("", "", content, internal=False, refuri=uri)


def is_response(obj: object) -> bool:
    """Return whether an object is a class of which only the library makes objects."""
    module = getattr(obj, "__module__", "").removeprefix(pipedrive_leads_async.__name__)
    if not inspect.isclass(obj):
        return False
    wings = (".models", ".webhooks", ".sandbox")
    return issubclass(obj, BaseException) or (
        attrs.has(obj) and module.startswith(wings)
    )


def shorten_signature(
    app: Sphinx,
    kind: str,
    name: str,
    obj: object,
    options: object,
    signature: str,
    returned: str,
) -> tuple[str, str] | None:
    """Hide the arguments of responses and errors, and simplify those of others."""
    if is_response(obj):
        return "", ""
    if not signature:
        return None
    for pattern, replacement in SIMPLER:
        signature = re.sub(pattern, replacement, signature)
    return signature, returned


def shorten_types(
    app: Sphinx, kind: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Hide the types of attributes that are arguments, and the modules of others."""
    types = [line for line in lines if line.startswith(":vartype ")]
    for line in types:
        if is_response(obj):
            lines[lines.index(line)] = re.sub(r"(?<![\w.])(\w+\.)+\w", r"~\g<0>", line)
        else:
            lines.remove(line)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above."""
    app.add_config_value("project_address", "", "env", str)
    app.connect("source-read", link_to_repository)
    app.connect("doctree-read", link_names)
    app.connect("missing-reference", link_outside)
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("autodoc-process-docstring", read_as_markdown, priority=100)
    app.connect("autodoc-process-docstring", shorten_types, priority=900)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
