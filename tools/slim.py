"""Leaves out of an image what nobody misses there; run by the Dockerfile, in the Python that the image gets.

Out go the sources of compiled modules, the symbols in them that only debuggers read, and the languages of Babel that no
chat can choose. What the program loads is then loaded once, so that its compiled form is at hand: in a container that
cannot write it would be made again at every start. That is a third of what pip would compile, but it reaches the
standard library too. Whatever was left out by mistake shows here, while the image is built.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Final

from babel import Locale

from bot.speech import LANGUAGES
from store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES: Final = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pxi", ".pyx"})
_OURS: Final = ("bot", "config", "store", "treaties", "watchers")
# They do something as soon as they are loaded, or need what the image has not (`make full-text`).
_LEFT_ALONE: Final = ("__main__", "store.migrations.", "watchers.article")
_BABEL_DATA: Final = "babel/locale-data"
_FALLBACK: Final = "root"


def sources(packages: Path) -> Iterator[Path]:
    """What compiled modules were made of."""
    return (path for path in packages.rglob("*") if path.suffix in SOURCES and path.is_file())


def languages(packages: Path) -> Iterator[Path]:
    """Babel's data of languages in which nothing is ever said."""
    kept = {_FALLBACK, *LANGUAGES}
    return (path for path in (packages / _BABEL_DATA).glob("*.dat") if path.stem not in kept)


def strip(packages: Path) -> None:
    """Take the symbols out of compiled modules. Libraries that wheels bring along (`….libs`) are laid out by hand."""
    modules = [path for path in packages.rglob("*.so") if not path.parent.name.endswith(".libs")]
    program = shutil.which("strip")
    if program is None:
        raise SystemExit("strip is missing; install binutils")
    subprocess.run([program, "--strip-unneeded", *modules], check=True)  # noqa: S603  files of the image


def load() -> None:
    """Load whatever the program may load, for either database and in every language."""
    for name in _OURS:
        for module in walk_packages(import_module(name).__path__, f"{name}."):
            if not any(skipped in module.name for skipped in _LEFT_ALONE):
                import_module(module.name)
    for url in ("sqlite://", "postgresql://localhost/"):
        Database(url).close()
    for language in LANGUAGES:
        if not Locale(language).territories:
            raise SystemExit(f"Babel has lost the names of states in {language}")


def main() -> None:
    """Make the packages of this Python smaller."""
    packages = Path(sysconfig.get_path("platlib"))
    before = _bytes(packages)
    for path in (*sources(packages), *languages(packages)):
        path.unlink()
    strip(packages)
    load()
    print(f"{before / 1e6:.0f} MB became {_bytes(packages) / 1e6:.0f} MB")


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
