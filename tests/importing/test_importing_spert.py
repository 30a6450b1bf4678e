"""`jointre.importing.import_spert`: what it writes, and everything it refuses."""

import json
import re
from functools import partial
from pathlib import Path

import pytest
import torch
from naive_spert import NaiveSpert
from published import tiny, write_checkpoint, write_types, write_vocabulary, write_weights
from refusal import refused_by, rewrite
from safetensors.torch import load_file

from jointre.config import load_config, resolve
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.errors import DataError, UsageError
from jointre.importing import import_spert
from jointre.importing.layout import reorder
from jointre.serialize import load_model


@pytest.fixture
def naive() -> NaiveSpert:
    return tiny(0)


@pytest.fixture
def checkpoint(tmp_path: Path, naive: NaiveSpert) -> Path:
    return write_checkpoint(tmp_path / "checkpoint", naive)


refused = partial(refused_by, import_spert)


def test_the_folder_is_a_whole_jointre_model(checkpoint: Path, tmp_path: Path):
    done = import_spert(
        checkpoint, tmp_path / "out/model", checkpoint / "types.json", max_width=7, threshold=0.3
    )
    config = load_config(tmp_path / "out/model/config.cfg")
    assert config["model.symmetric_merge"] == "first"
    assert config["model.entity_head.sampler.max_width"] == 7
    assert config["model.relation_head.threshold"] == 0.3
    assert config["model.entity_head.extractor.width_rows"] == 100
    assert config["model.entity_head.extractor.width_dim"] == 5
    model, _, _, meta = load_model(tmp_path / "out/model", torch.device("cpu"))
    assert model.labels == done.labels
    assert model.labels.entities == ("Peop", "Org", "Loc")
    assert model.labels.relations == ("Work_For", "Near", "Same")
    assert model.labels.symmetric == {"Near", "Same"}
    assert meta["imported"]["layout"] == "spert"
    assert done.left_out == ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    assert done.tensors == len(model.state_dict())


def test_the_encoder_can_be_trained_further(checkpoint: Path, naive: NaiveSpert, tmp_path: Path):
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model = resolve(load_config(tmp_path / "model/config.cfg"), "model")
    model.build(Source(), Labels(("another",)))
    for name, tensor in model.encoder.network.state_dict().items():
        assert torch.equal(tensor, naive.bert.state_dict()[name])


def test_width_columns_move_beside_their_spans():
    columns = "ccchhhtttxxyy"
    order = reorder(torch.arange(len(columns)).unsqueeze(0), 3, 2)[0].tolist()
    assert "".join(columns[place] for place in order) == "ccchhhxxtttyy"
    assert sorted(order) == list(range(len(columns)))


def test_old_names_and_buffers_are_tolerated_and_named(checkpoint: Path, naive: NaiveSpert, tmp_path: Path):
    old = {
        re.sub(
            r"LayerNorm\.weight$", "LayerNorm.gamma", re.sub(r"LayerNorm\.bias$", "LayerNorm.beta", name)
        ): tensor
        for name, tensor in naive.state_dict().items()
    }
    old["bert.embeddings.position_ids"] = torch.arange(160).unsqueeze(0)
    write_weights(checkpoint, old)
    done = import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    assert "bert.embeddings.LayerNorm.gamma" in done.renamed
    assert "bert.embeddings.position_ids" in done.left_out
    theirs = naive.state_dict()["bert.encoder.layer.1.output.LayerNorm.weight"]
    ours = load_file(tmp_path / "model/model.safetensors")
    assert torch.equal(ours["encoder.network.encoder.layer.1.output.LayerNorm.weight"], theirs)


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_parts_with_an_index(checkpoint: Path, naive: NaiveSpert, tmp_path: Path, kind: str):
    whole = import_spert(checkpoint, tmp_path / "whole", checkpoint / "types.json")
    (checkpoint / "model.safetensors").unlink()
    names = sorted(naive.state_dict())
    single = {"safetensors": "model.safetensors", "bin": "pytorch_model.bin"}[kind]
    places = {}
    for number, part in enumerate([names[::2], names[1::2]], start=1):
        write_weights(checkpoint, {name: naive.state_dict()[name] for name in part}, kind)
        (checkpoint / single).rename(checkpoint / f"part-{number}.{kind}")
        places.update(dict.fromkeys(part, f"part-{number}.{kind}"))
    (checkpoint / f"{single}.index.json").write_text(json.dumps({"weight_map": places}))
    done = import_spert(checkpoint, tmp_path / "parts", checkpoint / "types.json")
    assert done.tensors == whole.tensors
    first, second = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_an_index_cannot_name_files_elsewhere(checkpoint: Path):
    (checkpoint / "model.safetensors").rename(checkpoint.parent / "elsewhere.safetensors")
    index = {"weight_map": {"bert.x": "../elsewhere.safetensors"}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "'../elsewhere.safetensors', which is not a file in this folder" in refused(checkpoint)


def test_half_precision_and_shared_memory(checkpoint: Path, naive: NaiveSpert, tmp_path: Path):
    (checkpoint / "model.safetensors").unlink()
    flat = torch.cat([tensor.half().flatten() for tensor in naive.state_dict().values()])
    sizes = [tensor.numel() for tensor in naive.state_dict().values()]
    views = zip(naive.state_dict().items(), flat.split(sizes), strict=True)
    write_weights(checkpoint, {name: part.view(like.shape) for (name, like), part in views}, "bin")
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    ours = load_file(tmp_path / "model/model.safetensors")
    assert {tensor.dtype for tensor in ours.values()} == {torch.float32}
    assert torch.equal(ours["relation_head.classifier.bias"], naive.rel_classifier.bias.half().float())


def test_all_tensors_that_do_not_fit_are_listed_together(checkpoint: Path, naive: NaiveSpert):
    rewrite(
        checkpoint,
        naive,
        bert__embeddings__word_embeddings__weight=torch.zeros(20, 8),
        rel_classifier__bias=None,
        cls__predictions__bias=torch.zeros(3),
        entity_classifier__weight=torch.zeros(9, 37),
        entity_classifier__bias=torch.zeros(4, dtype=torch.int64),
    )
    message = refused(checkpoint)
    assert "(5 problems)" in message
    assert "bert.embeddings.word_embeddings.weight: has shape [20, 8] where [20, 16] is needed" in message
    assert "rel_classifier.bias: is missing" in message
    assert "cls.predictions.bias: does not belong to any part of SpERT" in message
    assert "entity_classifier.weight: has shape [9, 37] where [4, 37] is needed" in message
    assert "names 3 entity types, and None counts as one more" in message
    assert "entity_classifier.bias: contains torch.int64" in message


def test_a_types_file_of_another_model(checkpoint: Path, tmp_path: Path):
    other = write_types(tmp_path / "other.json", tiny(0, entities=["A"], relations=["R", "S"], symmetric=[]))
    message = refused(checkpoint, types=other)
    assert "(4 problems)" in message
    assert (
        "rel_classifier.bias: has shape [3] where [2] is needed" in message and "2 relation types" in message
    )


def test_a_missing_width_table_and_config_of_another_size(checkpoint: Path, naive: NaiveSpert):
    rewrite(checkpoint, naive, size_embeddings__weight=None)
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    message = refused(checkpoint)
    assert "size_embeddings.weight: is missing" in message
    assert "bert.encoder.layer.2.attention.self.query.weight: is missing" in message


def test_a_width_table_that_is_too_short(checkpoint: Path):
    naive = tiny(0, rows=8)
    rewrite(checkpoint, naive)
    assert "--max-width 7 at most" in refused(checkpoint)
    import_spert(checkpoint, checkpoint.parent / "model", checkpoint / "types.json", max_width=7)


def test_a_tokenizer_of_another_model(checkpoint: Path):
    vocabulary = checkpoint / "vocab.txt"
    vocabulary.write_text(vocabulary.read_text(encoding="utf8") + "more\n", encoding="utf8")
    assert "has 20 rows, but the tokenizer has 21 pieces" in refused(checkpoint)


def test_a_tensor_under_both_names(checkpoint: Path, naive: NaiveSpert):
    rewrite(checkpoint, naive, bert__embeddings__LayerNorm__gamma=torch.zeros(16))
    assert "bert.embeddings.LayerNorm.weight: occurs twice" in refused(checkpoint)


class Hostile:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_a_pickle_is_never_run(checkpoint: Path, tmp_path: Path):
    (checkpoint / "model.safetensors").unlink()
    torch.save({"entity_classifier.bias": Hostile(tmp_path / "ran")}, checkpoint / "pytorch_model.bin")
    message = refused(checkpoint)
    assert "contains something other than tensors" in message and "model.safetensors" in message
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x80\x02}q\x00.", b"random text"])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_damaged_weights(checkpoint: Path, name: str, content: bytes):
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / name).write_bytes(content)
    assert name in refused(checkpoint)


def test_a_training_state_is_no_checkpoint(checkpoint: Path, naive: NaiveSpert):
    (checkpoint / "model.safetensors").unlink()
    torch.save({"model": naive.state_dict(), "step": 3}, checkpoint / "pytorch_model.bin")
    message = refused(checkpoint)
    assert "'model' is not a tensor" in message and "'step' is not a tensor" in message


def test_missing_files_are_listed_together(tmp_path: Path):
    inner = tmp_path / "checkpoint" / "final_model"
    inner.mkdir(parents=True)
    (inner / "config.json").write_text("{}")
    types = write_types(tmp_path / "types.json", tiny(0))
    message = refused(tmp_path / "checkpoint", types=types)
    assert "config.json" in message and "vocab.txt" in message and "pytorch_model.bin" in message
    assert f"did you mean {inner}?" in message


@pytest.mark.parametrize(("kind", "says"), [("roberta", "supports only BERT"), (None, "no model_type")])
def test_other_encoders_are_refused(checkpoint: Path, kind: str | None, says: str):
    config = json.loads((checkpoint / "config.json").read_text())
    config.pop("model_type")
    (checkpoint / "config.json").write_text(
        json.dumps(config if kind is None else {**config, "model_type": kind})
    )
    assert says in refused(checkpoint)


def test_a_types_file_that_cannot_be_used(checkpoint: Path, tmp_path: Path):
    (tmp_path / "types.json").write_text('{"entities": {"A": {}}, "relations": {"R": {}}}')
    assert "symmetric" in refused(checkpoint, DataError, types=tmp_path / "types.json")


def test_an_output_in_use(checkpoint: Path, tmp_path: Path):
    types, out = checkpoint / "types.json", tmp_path / "used"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for folder, force in [(out, False), (out, True), (checkpoint, True), (tmp_path, True)]:
        with pytest.raises(UsageError):
            import_spert(checkpoint, folder, types, force=force)
    assert (out / "notes.txt").exists() and (checkpoint / "config.json").exists()
    import_spert(checkpoint, tmp_path / "model", types)
    with pytest.raises(UsageError, match="--force"):
        import_spert(checkpoint, tmp_path / "model", types)
    import_spert(checkpoint, tmp_path / "model", types, force=True, max_width=3)
    assert load_config(tmp_path / "model/config.cfg")["model.entity_head.sampler.max_width"] == 3


@pytest.mark.parametrize(
    ("stored", "given", "lower"),
    [
        (None, None, False),
        (False, None, False),
        (True, None, True),
        (True, False, False),
        (False, True, True),
    ],
)
def test_lower_casing(checkpoint: Path, tmp_path: Path, stored: bool | None, given: bool | None, lower: bool):
    (checkpoint / "tokenizer_config.json").unlink()
    write_vocabulary(checkpoint, stored)
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json", lowercase=given)
    assert load_config(tmp_path / "model/config.cfg")["tokenizer.lowercase"] is lower
    _, tokenizer, _, _ = load_model(tmp_path / "model", torch.device("cpu"))
    pieces = tokenizer.hf.convert_ids_to_tokens(tokenizer.encode([Doc(["Ann", "A", "\u200b"])])[0].ids)
    assert pieces == ["[CLS]", *(("a", "##nn", "a") if lower else ("Ann", "[UNK]")), "[UNK]", "[SEP]"]
