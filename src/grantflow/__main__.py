"""What ``grantflow`` and ``python -m grantflow`` begin with."""

from __future__ import annotations

import gc


def main() -> None:
    """Load the program, then do what the command line says."""
    # Looking for garbage while two thousand modules are loaded takes a sixth of every start, and
    # what was loaded stays: it need not be looked through again.
    gc.disable()
    from grantflow.cli import app  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()
