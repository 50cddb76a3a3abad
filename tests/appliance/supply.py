"""Where this machine gets its packages from, asked of its own apt and pip.

The root of the rehearsal gets the same mirror, index, proxies and certificates, so no host name
of a mirror or an index stands in this code. apt's password files (auth.conf) are not taken over.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OWN_CERTIFICATES: Final = Path("/usr/local/share/ca-certificates")
"""Where Debian keeps the authorities that somebody added to a machine."""

_APT: Final = ("Acquire::http", "Acquire::ftp", "Acquire::Check-", "Acquire::Retries")
_INDEXES: Final = ("index-url", "extra-index-url", "find-links")
_PIP: Final = (*_INDEXES, "no-index", "trusted-host", "cert", "proxy", "default-timeout", "retries")
_PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Supply:
    """A machine's settings for packages, as far as another root on it needs them."""

    mirror: str | None
    """Address of the Debian mirror; None where apt knows none."""
    apt: tuple[str, ...]
    """Lines for apt.conf."""
    pip: dict[str, str]
    """Keys and values for the global section of pip.conf."""
    files: tuple[Path, ...]
    """Certificates that the settings name; they must be found at the same path."""
    folders: tuple[Path, ...]
    """Local package indexes; they must be found at the same path."""
    proxies: dict[str, str]
    """Environment variables."""

    @classmethod
    def of_this_machine(cls) -> "Supply":
        """Ask apt, pip and the environment."""
        apt = tuple(line for line in _output("apt-config", "dump") if line.startswith(_APT))
        pip = dict(_pip_settings())
        named = [line.split('"')[1] for line in apt if "::CAInfo " in line]
        files = {Path(name) for name in (*named, pip.get("cert", "")) if Path(name).is_file()}
        return cls(
            mirror=_mirror(),
            apt=apt,
            pip=pip,
            files=tuple(sorted(files)),
            folders=tuple(sorted(set(_local_indexes(pip)))),
            proxies={
                name: os.environ[name]
                for word in _PROXIES
                for name in (word, word.upper())
                if name in os.environ
            },
        )

    def install(self, root: Path, pip_cache: Path) -> None:
        """Write the settings into a root; `pip_cache`: the path inside where pip keeps things."""
        apt = "".join(f"{line}\n" for line in self.apt)
        (root / "etc/apt/apt.conf.d/90-of-the-machine").write_text(apt)
        settings = {**self.pip, "cache-dir": str(pip_cache), "disable-pip-version-check": "true"}
        lines = ["[global]", *(f"{key} = {value}" for key, value in settings.items())]
        (root / "etc/pip.conf").write_text("\n".join(lines) + "\n")
        for file in self.files:
            inside = root / file.relative_to("/")
            # The bundle of a Debian is made anew below, from the Debian inside.
            if not inside.exists():
                inside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, inside)
        own = sorted(OWN_CERTIFICATES.glob("**/*.crt"))
        for number, certificate in enumerate(own):
            target = root / OWN_CERTIFICATES.relative_to("/") / f"{number}-{certificate.name}"
            shutil.copyfile(certificate, target)
        if own:
            subprocess.run(
                ["chroot", root, "update-ca-certificates"], check=True, capture_output=True
            )


def _mirror() -> str | None:
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    for line in _output("apt-get", "indextargets", "--format", form, "Created-By: Packages"):
        address, release, component = line.split()
        # With a hyphen: updates, security, backports.
        if component == "main" and "-" not in release and "debian" in address:
            return address
    return None


def _pip_settings() -> Iterator[tuple[str, str]]:
    lines = _output(sys.executable, "-m", "pip", "config", "list")
    # The environment has the last word, as with pip itself.
    for section in ("global.", ":env:."):
        for line in lines:
            name, _, value = line.partition("=")
            key = name.removeprefix(section)
            if key != name and key in _PIP:
                yield key, " ".join(str(ast.literal_eval(value)).split())


def _local_indexes(pip: dict[str, str]) -> Iterator[Path]:
    for word in " ".join(pip.get(key, "") for key in _INDEXES).split():
        folder = Path(word.removeprefix("file://"))
        if folder.is_absolute() and folder.is_dir():
            # An index may link to wheels beside it. But never hide all of /opt.
            beside = word.startswith("file://") and len(folder.parent.parts) > 2
            yield folder.parent if beside else folder


def _output(*command: str) -> list[str]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()
