"""Reader and writer keep the contracts of jointre, and read each other's folders."""

from collections.abc import Iterator
from pathlib import Path

import catalogue
import pytest
from jointre.errors import DataError
from jointre.registry import registry
from jointre.testing import check_component, toy_docs

from jointre_hf_datasets import HubReader, HubWriter


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """Register the reader, as installing the plugin does, for the time of a test."""
    before = dict(catalogue.REGISTRY)
    registry.readers("hub.folder.v1")(HubReader)
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)


def test_contracts(tmp_path: Path) -> None:
    check_component(HubWriter())
    HubWriter().write(toy_docs(), tmp_path / "toy")
    check_component(HubReader(str(tmp_path / "toy")))
    assert [doc.annotation() for doc in HubReader(str(tmp_path / "toy"))] == [
        doc.annotation() for doc in toy_docs()
    ]


def test_splits(tmp_path: Path) -> None:
    HubWriter("test").write(toy_docs(2), tmp_path / "toy")
    assert len(list(HubReader(str(tmp_path / "toy"), "test"))) == 2
    with pytest.raises(DataError, match=r"no split 'train'(.|\n)*choose a split: test"):
        list(HubReader(str(tmp_path / "toy")))
    assert "data/test-*.parquet" in (tmp_path / "toy" / "README.md").read_text("utf8")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    HubWriter().write(toy_docs(1), tmp_path / "toy")
    file = next((tmp_path / "toy" / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged"):
        list(HubReader(str(tmp_path / "toy")))
