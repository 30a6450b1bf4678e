"""`jointre export`: the same predictions by ONNX Runtime, from a folder that is data."""

import json
import shutil

import pytest
import torch

from jointre.cli.app import run
from jointre.data.write import to_line
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.encoders.onnx_file import ExportedFacts, read_network
from jointre.errors import BuildError, ModelFolderError, UsageError
from jointre.exporting.export import refuse_unexportable
from jointre.pipeline import load
from jointre.registry import registry
from jointre.testing import toy_docs
from jointre.testing.asserts import varied

onnx = pytest.importorskip("onnx", reason="export needs onnx: pip install 'jointre[onnx]'")
pytest.importorskip("onnxruntime", reason="exported models need ONNX Runtime: pip install 'jointre[onnx]'")
pytest.importorskip("onnxscript", reason="export needs onnxscript: pip install 'jointre[onnx]'")


@pytest.fixture(scope="module")
def gold(talkative_folder, tmp_path_factory):
    """A corpus on which the original model scores 100."""
    file = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    found = load(talkative_folder, "cpu").predict(toy_docs())
    file.write_text("".join(f"{to_line(doc)}\n" for doc in found), encoding="utf8")
    return file


@pytest.fixture(scope="module")
def exported(talkative_folder, gold, tmp_path_factory):
    """The model of ``talkative_folder``, exported in fp32."""
    return export(talkative_folder, tmp_path_factory.mktemp("exported") / "fp32", "--data", gold)


@pytest.fixture(scope="module")
def rounded(talkative_folder, gold, tmp_path_factory):
    """The model of ``talkative_folder``, exported in int8."""
    options = ["--int8", "--calibrate", gold, "--max-loss", 100]
    return export(talkative_folder, tmp_path_factory.mktemp("exported") / "int8", *options)


def export(*words):
    assert run(["export", *map(str, words), "--quiet"]) == 0
    return words[1]


def test_models_are_compared_on_dev_not_on_test(talkative_folder, tmp_path, in_process, monkeypatch):
    read = []

    def noted(pipeline, name, reader):
        read.append(name)
        raise UsageError("enough is known")

    monkeypatch.setattr("jointre.cli.export._documents", noted)
    assert in_process("export", talkative_folder, tmp_path / "exported").code == 2
    assert read == ["sample:dev"]


def test_predictions_are_the_same_and_the_folder_says_so(exported, talkative_folder, in_process):
    one, other = (list(load(folder, "cpu").predict(toy_docs())) for folder in (talkative_folder, exported))
    assert any(doc.relations for doc in one)
    assert [d.bare() for d in one] == [d.bare() for d in other]
    for a, b in zip(one, other, strict=True):
        assert [(e.extent, e.label) for e in a.entities] == [(e.extent, e.label) for e in b.entities]
        assert [(r.head, r.tail, r.label) for r in a.relations] == [
            (r.head, r.tail, r.label) for r in b.relations
        ]
    facts = json.loads((exported / "meta.json").read_text("utf8"))["exported"]
    compared = facts["compared"]
    assert compared["same"] == compared["documents"] and 0 < compared["difference"] < 1e-4
    assert "exported to ONNX, in fp32" in (exported / "README.md").read_text("utf8")
    assert in_process("predict", exported, "sample:test", "--precision", "int8").code == 2
    assert list(exported.parent.iterdir()) == [exported]


def test_int8_is_near_and_its_scores_are_known(rounded, gold, in_process, tmp_path):
    meta = json.loads((rounded / "meta.json").read_text("utf8"))
    compared, strict = meta["exported"]["compared"], meta["exported"]["calibrated"]["f"]["strict"]
    assert 1e-3 < compared["difference"] < compared["largest"]
    assert 0.9 < strict["after"] < strict["before"]
    scores = json.loads(in_process("evaluate", rounded, gold, "--json").out)["scores"]
    assert scores["strict"]["micro"]["f"] == pytest.approx(strict["after"])
    assert meta["scores"][str(gold)].keys() == {"entities", "strict"}
    again = in_process("export", rounded, tmp_path / "twice")
    assert again.code == 2 and "it was exported already" in again.err


def test_a_loss_that_is_too_large_writes_nothing(
    talkative_folder, rounded, gold, in_process, tmp_path, monkeypatch
):
    def export_onnx(self, folder, int8=False):  # the one that was exported before, which saves time
        shutil.copytree(rounded / "encoder", folder, dirs_exist_ok=True)

    monkeypatch.setattr(HFEncoder, "export_onnx", export_onnx)
    options = ["--int8", "--calibrate", gold, "--max-loss", 0]
    refused = in_process("export", talkative_folder, tmp_path / "out", *options)
    assert refused.code == 1 and "the scores fall by more than 0 points" in refused.err
    assert "strict F1 99." in refused.out and list(tmp_path.iterdir()) == []


def test_an_exported_model_is_not_trained(exported):
    model = load(exported, "cpu").model
    with pytest.raises(UsageError, match="train the original"):
        model.train().encoder(varied())
    with pytest.raises(BuildError, match="train the original"):
        registry.encoders.get("jointre.onnx.v1")("bert-base-cased").build(Source())


def test_models_that_need_more_than_states_are_refused(spert):
    rereader = registry.rereaders.get("jointre.typed_layers.v1")()
    with pytest.raises(UsageError, match="runs layers of the encoder once more"):
        refuse_unexportable(spert(rereader=rereader))


def test_every_layer_and_the_pooled_output_of_roberta(roberta_folder, tmp_path):
    original = HFEncoder(str(roberta_folder))
    dims = original.build(Source(), inner_layers=True, pooled=True)
    original.eval().export_onnx(tmp_path)
    encoder = registry.encoders.get("jointre.onnx.v1")(str(tmp_path))
    assert encoder.build(Source(), inner_layers=True, pooled=True) == dims
    batch = varied()
    with torch.inference_mode():
        one, other = original(batch), encoder.eval()(batch)
    for a, b in zip(one.layers, other.layers, strict=True):
        torch.testing.assert_close(a[batch.mask], b[batch.mask], rtol=1e-4, atol=1e-4)
        assert not b[~batch.mask].any()
    torch.testing.assert_close(one.pooled, other.pooled, rtol=1e-4, atol=1e-4)


def test_other_bytes_and_missing_packages_are_refused(exported, tmp_path, monkeypatch):
    folder = shutil.copytree(exported, tmp_path / "model")
    with (folder / "encoder" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelFolderError, match=r"model\.onnx: is not the file that was saved"):
        load(folder, "cpu")
    monkeypatch.setattr("jointre.encoders.onnx_file.find_spec", lambda name: None)
    with pytest.raises(ModelFolderError, match=r"pip install 'jointre\[onnx\]'"):
        load(exported, "cpu")


def graph(*nodes, weights=()):
    """The bytes of a graph, and facts that fit them."""
    from hashlib import sha256

    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    made = onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [value], [value], weights))
    data = made.SerializeToString()
    return data, ExportedFacts(8, 2, False, False, None, 50, False, sha256(data).hexdigest())


def test_a_network_needs_nothing_but_its_file(tmp_path):
    helper, tensor = onnx.helper, onnx.TensorProto
    elsewhere = helper.make_tensor("w", tensor.FLOAT, [1], [0.0])
    elsewhere.data_location = tensor.EXTERNAL
    elsewhere.external_data.add(key="location", value="/etc/passwd")
    inner = helper.make_graph([], "inner", [], [])
    planted = {
        "need a library": graph(helper.make_node("Evil", ["x"], ["y"], domain="acme")),
        "branches or loops": graph(helper.make_node("Loop", [], [], body=inner)),
        "weights in another file": graph(weights=[elsewhere]),
    }
    for message, (data, facts) in planted.items():
        (tmp_path / "model.onnx").write_bytes(data)
        with pytest.raises(BuildError, match=message):
            read_network(tmp_path, facts)
