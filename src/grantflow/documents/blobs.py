"""Content-addressed blobs: in a folder, or in any object store that obstore speaks to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from grantflow.errors import GrantFlowError, NotFound, Temporary
from grantflow.settings import Settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Damaged(GrantFlowError):
    """A stored file is no longer what it was when it was stored."""

    default_key = "store.documents.damaged"


@dataclass(frozen=True)
class Blobs:
    """Where contents are kept; the same content is kept once, and never changes."""

    store: ObjectStore

    def put(self, content: bytes | BinaryIO) -> str:
        """Keep the content; returns its SHA-256. Putting it again does nothing.

        Raises Temporary when the store cannot be reached.
        """
        data = content if isinstance(content, bytes) else content.read()
        name = sha256(data).hexdigest()
        try:
            obstore.put(self.store, _path(name), data, mode="create")
        except AlreadyExistsError:
            return name
        except NotImplementedError:  # some object stores know only "overwrite"; it is the same
            return self._overwrite(name, data)
        except BaseError as error:
            raise Temporary("store.documents.unreachable") from error
        return name

    def _overwrite(self, name: str, data: bytes) -> str:
        try:
            obstore.put(self.store, _path(name), data)
        except BaseError as error:
            raise Temporary("store.documents.unreachable") from error
        return name

    def get(self, name: str) -> bytes:
        """The content with this SHA-256.

        Raises NotFound, Temporary (store not reachable), Damaged (bytes changed since).
        """
        try:
            data = bytes(obstore.get(self.store, _path(name)).bytes())
        except FileNotFoundError as error:
            raise NotFound() from error
        except BaseError as error:
            raise Temporary("store.documents.unreachable") from error
        if sha256(data).hexdigest() != name:
            raise Damaged(name=name)
        return data


def open_blobs(settings: Settings) -> Blobs:
    """The store of this installation: ``blob_url``, else the folder ``blobs`` of its data."""
    if settings.blob_url:
        return Blobs(from_url(settings.blob_url))
    return Blobs(_folder(settings.data_dir / "blobs"))


def _folder(place: Path) -> LocalStore:
    """Nobody else on the machine may look into it: it holds what applicants handed in."""
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return LocalStore(place)


def _path(name: str) -> str:
    if not _SHA256.fullmatch(name):
        raise NotFound()
    return f"{name[:2]}/{name[2:4]}/{name}"
