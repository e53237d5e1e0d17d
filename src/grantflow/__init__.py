"""GrantFlow: grant management whose lifecycle is drawn, checked and printed."""

__version__ = "0.1.0"
