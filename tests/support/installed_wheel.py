"""Install the wheel of this tree in a venv of its own, as users install it.

The venv uses the dependencies of this process. Coverage does not start in it, as it measures the
tree. A test module gets the fixtures with `pytest_plugins = ["tests.support.installed_wheel"]`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def users_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the venv, which all processes of pytest-xdist share."""
    import fcntl  # noqa: PLC0415 - Windows has none

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    users_venv, is_made = folder / "users_venv", folder / "users_venv_is_made"
    with (folder / "users_venv_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_made.exists():
            _make(users_venv)
            is_made.touch()
    return users_venv


@pytest.fixture(scope="module")
def in_users_venv(users_venv: Path) -> Iterator[None]:
    """Use the venv for the command `python` in the processes that a module starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(users_venv / "bin"), prepend=os.pathsep)
        patch.setenv("PYTHONSAFEPATH", "1")  # do not import modules from the tree
        patch.delenv("PYTHONPATH", raising=False)
        yield


def _make(folder: Path) -> None:
    venv.create(folder, symlinks=True)
    tree, wheels = Path(__file__).parents[2], folder / "wheels"
    _run("hatchling", "build", "--target", "wheel", "--directory", str(wheels), cwd=tree)
    (wheel,) = wheels.iterdir()
    pip = ("pip", "--quiet", "--disable-pip-version-check")
    install = ("--python", str(folder / "bin" / "python"), "install", "--no-deps", "--no-index")
    _run(*pip, *install, str(wheel), cwd=folder)
    # Python ignores .pth files in a folder that another .pth file names. So neither the editable
    # install of the tree nor coverage's .pth file takes effect.
    paths = sysconfig.get_paths()
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(f"{paths['purelib']}\n{paths['platlib']}\n")


def _run(*arguments: str, cwd: Path) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True, cwd=cwd)
