"""Contents are kept once, come back unchanged, and are nobody else's business."""

from __future__ import annotations

import io
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import HTTPStore, MemoryStore

from grantflow.documents import Blobs, open_blobs
from grantflow.documents.blobs import Damaged
from grantflow.errors import NotFound, Temporary
from grantflow.settings import Settings


def in_folder(folder: Path) -> Blobs:
    return open_blobs(Settings(data_dir=folder))


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    blobs = in_folder(tmp_path)
    name = blobs.put(b"Antrag")
    assert name == sha256(b"Antrag").hexdigest()
    assert blobs.get(name) == b"Antrag"


def test_a_stream_can_be_put(tmp_path: Path) -> None:
    blobs = in_folder(tmp_path)
    assert blobs.get(blobs.put(io.BytesIO(b"Antrag"))) == b"Antrag"


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    blobs = in_folder(tmp_path)
    assert blobs.put(b"Antrag") == blobs.put(b"Antrag")
    assert len([path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]) == 1


def test_nobody_else_on_the_machine_may_look(tmp_path: Path) -> None:
    in_folder(tmp_path)
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "0" * 63 + "G"])
def test_an_unknown_name_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        in_folder(tmp_path).get(name)


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    blobs = in_folder(tmp_path)
    name = blobs.put(b"Antrag")
    (file,) = (path for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    file.write_bytes(b"Anderes")
    with pytest.raises(Damaged):
        blobs.get(name)


def test_another_store_can_be_chosen_by_its_url(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path, blob_url="memory:///"))
    assert isinstance(blobs.store, MemoryStore)
    assert blobs.get(blobs.put(b"Antrag")) == b"Antrag"


def test_an_unreachable_store_is_temporary() -> None:
    nowhere = Blobs(
        HTTPStore.from_url(
            "http://127.0.0.1:9/",
            client_options={"allow_http": True, "connect_timeout": "1s", "timeout": "1s"},
            retry_config={"max_retries": 0},
        )
    )
    with pytest.raises(Temporary):
        nowhere.get("0" * 64)
    with pytest.raises(Temporary):
        nowhere.put(b"Antrag")
