"""A deployed version on an instance: the bundle unpacked, its paths, its environment.

Comes in: a bundle (zip) and an instance's folder. Goes out: a fresh folder for each deploy. On a
real instance the application lies in /var/app/current and its interpreter in /var/app/venv.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGE = Path(__file__).parents[2]  # the folder from which ebdeploy is imported
SHEBANG = "#!/bin/sh\n"


@dataclass(frozen=True, slots=True)
class Release:
    """One unpacked bundle; ``root`` is the instance's folder."""

    root: Path
    folder: Path

    def map_paths(self, command: str) -> str:
        """Return a command in which the paths of a real instance lead to this release."""
        venv, folder = shlex.quote(str(self.root / "venv")), shlex.quote(str(self.folder))
        command = re.sub(r"/var/app/venv/[^/\s\"']+", lambda _: venv, command)
        return re.sub(r"/var/app/(?:staging|current)\b", lambda _: folder, command)

    def environment(self, properties: Mapping[str, str]) -> dict[str, str]:
        """Return a process's whole environment: the properties, and nothing of the sandbox's own.

        ebdeploy is made importable where neither the bundle nor the interpreter has it.
        """
        found = {
            "PATH": SYSTEM_PATH,
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            **properties,
        }
        if not (self.folder / "ebdeploy").is_dir() and not _is_installed():
            paths = [str(PACKAGE), properties.get("PYTHONPATH", "")]
            found["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return found

    def make_current(self) -> None:
        """Let ``current`` point to this release, at once or not at all."""
        fresh = self.root / "current.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.folder)
        fresh.replace(self.root / "current")


def unpack(root: Path, number: int, bundle: bytes) -> Release:
    """Unpack a bundle into a folder of its own; zipfile.BadZipFile for what is no zip."""
    folder = root / "releases" / f"{number:04}"
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        folder.mkdir(parents=True)
        for member in archive.infolist():
            path = archive.extract(member, folder)
            # zipfile drops what git archive wrote there: which files are executable.
            if member.external_attr >> 16 & 0o100:
                os.chmod(path, 0o755)  # noqa: S103 - as it is on an instance
    return Release(root, folder)


def prepare_root(root: Path) -> None:
    """Make an instance's folder with a stand-in for /var/app/venv: this interpreter."""
    (root / "home").mkdir(parents=True, exist_ok=True)
    programs = root / "venv" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("python", "python3"):
        program = programs / name
        program.write_text(f'{SHEBANG}exec {shlex.quote(sys.executable)} "$@"\n')
        program.chmod(0o755)
    paths = f"{shlex.quote(str(programs))}:{shlex.quote(str(Path(sys.executable).parent))}"
    (programs / "activate").write_text(f"export PATH={paths}:$PATH\n")


def prune(root: Path, kept: frozenset[Path]) -> None:
    """Delete the releases that are not kept."""
    for folder in (root / "releases").iterdir():
        if folder not in kept:
            shutil.rmtree(folder)


def _is_installed() -> bool:
    """Whether every process of this interpreter can import ebdeploy."""
    return str(PACKAGE) in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
