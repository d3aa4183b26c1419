"""Load the pickles of `CustomFields` that version 0.1.0 made.

These pickles name private modules that have moved. Loading one imports the package first, which
registers the modules under their old names.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

_MOVED: Final = {
    "_custom_field_options": "_options",
    "_custom_field_scalars": "_scalars",
    "_custom_field_types": "_types",
    "_lead_rows": "_rows",
    "_names": "_names",
}


def register_moved_modules() -> None:
    """Register the moved modules in `sys.modules` under their names in version 0.1.0."""
    package = __name__.partition(".")[0]
    for old, new in _MOVED.items():
        sys.modules[f"{package}.{old}"] = import_module(f".{new}", __package__)
