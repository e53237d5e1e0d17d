"""Files by the hash of their content, and the check that a file is what it says it is."""

from grantflow.documents.blobs import Blobs, open_blobs
from grantflow.documents.kinds import ALLOWED, Inspected, display_name, inspect, read_limited

__all__ = [
    "ALLOWED",
    "Blobs",
    "Inspected",
    "display_name",
    "inspect",
    "open_blobs",
    "read_limited",
]
