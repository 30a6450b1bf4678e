"""The hash of what the folder of a pretrained model holds."""

import shutil

from jointre.encoders.contents import contents_sha256


def test_the_hash_is_that_of_files_not_of_names(encoder_folder, tmp_path, monkeypatch):
    shutil.copytree(encoder_folder, tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    whole = contents_sha256(str(encoder_folder))
    assert len(whole) == 64
    assert {contents_sha256(name) for name in ("./moved", "moved", str(tmp_path / "moved"))} == {whole}


def test_files_that_are_read_count_and_others_do_not(encoder_folder, tmp_path):
    folder = shutil.copytree(encoder_folder, tmp_path / "moved")
    whole = contents_sha256(str(folder))
    (folder / "README.md").write_text("changed", encoding="utf8")
    (folder / "onnx").mkdir()
    assert contents_sha256(str(folder)) == whole
    (folder / "added_tokens.json").write_text("{}", encoding="utf8")
    added = contents_sha256(str(folder))
    (folder / "added_tokens.json").rename(folder / "merges.txt")
    assert len({whole, added, contents_sha256(str(folder))}) == 3


def test_a_hub_id_and_a_missing_folder_have_none(tmp_path):
    assert contents_sha256("bert-base-cased") is None
    assert contents_sha256(str(tmp_path / "nowhere")) is None
    assert contents_sha256("pkg:no_such_package_here/model") is None
