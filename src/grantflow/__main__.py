"""``python -m grantflow`` is the same as ``grantflow``."""

from grantflow.cli import app

app()
