"""A training run from config to model folder."""

import json
from io import StringIO

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from jointre.encoders.hf import HFEncoder
from jointre.errors import BuildError, ConfigError, DataError, TrainingError, UsageError
from jointre.pipeline import load
from jointre.relation_heads import LinearRelationHead
from jointre.testing import toy_docs
from jointre.training.run import train
from jointre.training.setup import Setup


def weights(folder):
    return load_file(folder / "model" / "model.safetensors")


def log_of(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf8").splitlines()]


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


def test_run_folder_holds_config_log_scores_and_model(config, tmp_path):
    loaded = config()
    done = train(loaded, tmp_path / "run", quiet=True)
    assert done.status == "complete"
    assert (tmp_path / "run" / "config.cfg").read_text(encoding="utf8") == loaded.text()
    log = log_of(tmp_path / "run")
    assert [line.get("event") for line in log] == ["start", None, None, "finish"]
    assert [line["step"] for line in log[1:3]] == [6, 12]
    assert "dev" not in log[1] and log[2]["dev"].keys() >= {"strict_micro_f", "entities_macro_r"}
    facts = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf8"))
    assert facts["updates"] == 12 and facts["scores"]["dev"]["strict"]["protocol"].startswith("strict")
    card = (tmp_path / "run" / "model" / "README.md").read_text(encoding="utf8")
    assert "strict (Rel+)" in card


def test_same_seed_same_weights_whatever_the_workers(config, tmp_path):
    train(config(), tmp_path / "a", quiet=True)
    train(config(training__workers=2), tmp_path / "b", quiet=True)
    train(config(system__seed=1), tmp_path / "c", quiet=True)
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "c"))


def test_all_of_the_model_is_trained(config, tmp_path):
    train(config(training__epochs=1), tmp_path / "a", quiet=True)
    train(config(training__epochs=2), tmp_path / "b", quiet=True)
    before, after = weights(tmp_path / "a"), weights(tmp_path / "b")
    # A key bias shifts all attention scores of a query alike; rows of no word's width or position stay.
    still = [name for name in before if torch.equal(before[name], after[name]) and "key.bias" not in name]
    assert not still


def test_accumulated_batches_are_one_update(config, tmp_path):
    options = {f"model__{head}__dropout": 0.0 for head in ("entity_head", "relation_head")}
    done = train(config(training__accumulate=3, **options), tmp_path / "run", quiet=True)
    assert done.status == "complete"
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf8"))
    assert facts["updates"] == 4


@pytest.mark.parametrize(("accumulate", "updates"), [(4, 4), (100, 2)])
def test_batches_left_over_are_an_update_too(config, tmp_path, accumulate, updates):
    train(config(training__accumulate=accumulate), tmp_path / "run", quiet=True)
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf8"))
    assert facts["updates"] == updates


@pytest.fixture
def long_corpus(tmp_path):
    file = tmp_path / "long.jsonl"
    rows = [
        {"id": name, "tokens": ["works"] * n, "entities": []} for name, n in (("short", 3), ("endless", 900))
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return file


def test_dev_document_that_is_too_long_is_refused_before_training(config, tmp_path, long_corpus):
    with pytest.raises(DataError, match="endless"):
        loaded = config(paths__dev=str(long_corpus), tokenizer__overflow="error")
        train(loaded, tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


def test_skipped_documents_are_counted_aloud(config, tmp_path, long_corpus):
    console = Console(file=StringIO(), width=200)
    loaded = config(paths__dev=str(long_corpus), tokenizer__overflow="skip")
    done = train(loaded, tmp_path / "run", console=console)
    assert done.status == "complete"
    assert "corpora.dev: 1 of 2 documents too long" in console.file.getvalue()


def test_best_state_is_kept(config, tmp_path):
    options = {
        "training__keep": "best",
        "training__eval_every": 1,
        "training__best_metric": "entities_micro_f",
    }
    done = train(config(**options, training__epochs=6), tmp_path / "run", quiet=True)
    log = log_of(tmp_path / "run")
    seen = [line["dev"]["entities_micro_f"] for line in log if "dev" in line]
    assert len(seen) == 6
    assert done.scores["dev"]["entities"]["micro"]["f"] == pytest.approx(max(seen))
    meta = json.loads((tmp_path / "run" / "model" / "meta.json").read_text(encoding="utf8"))
    assert meta["updates"] == 6 * (seen.index(max(seen)) + 1)


def test_early_stopping(config, tmp_path):
    options = {"training__keep": "best", "training__patience": 2, "training__eval_every": 1}
    done = train(
        config(**options, training__epochs=30, training__optimizer__lr=0.0), tmp_path / "run", quiet=True
    )
    assert done.status == "stopped early"
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf8"))
    assert facts["updates"] == 18


def test_unknown_figure_to_watch_is_refused_before_training(config, tmp_path):
    with pytest.raises(ConfigError, match="strict_micro_f"):
        train(config(training__keep="best", training__best_metric="strict_f1"), tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


def test_used_folder_is_refused_and_strangers_files_stay(config, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine", encoding="utf8")
    with pytest.raises(UsageError, match="--force"):
        train(config(), tmp_path / "run", quiet=True)
    train(config(), tmp_path / "run", force=True, quiet=True)
    assert (tmp_path / "run" / "thesis.txt").read_text(encoding="utf8") == "mine"


def test_loss_that_is_no_number_stops_and_names_the_batch(config, tmp_path):
    with pytest.raises(TrainingError, match=r"nan at update .*toy"):
        train(config(training__optimizer__lr=1e30, training__clip=None), tmp_path / "run", quiet=True)


def test_corpus_without_relation_types(config, tmp_path):
    file = tmp_path / "entities.jsonl"
    rows = [{"text": "Anna met Otto .", "entities": [{"start": 0, "end": 4, "label": "Person"}]}] * 4
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    done = train(config(paths__train=str(file), paths__dev=str(file)), tmp_path / "run", quiet=True)
    pipeline = load(done.model)
    assert pipeline.labels.relations == ()
    assert all(not doc.relations for doc in pipeline(["Anna met Otto ."]))


def test_types_unknown_to_training_are_refused_with_their_place(config, tmp_path):
    dev = tmp_path / "dev.jsonl"
    dev.write_text(
        '{"text": "Anna.", "entities": [{"start": 0, "end": 4, "label": "Alien"}]}\n', encoding="utf8"
    )
    with pytest.raises(DataError, match="Alien"):
        train(config(paths__dev=str(dev)), tmp_path / "run", quiet=True)


def test_training_without_dev_corpus(config, tmp_path):
    done = train(config(paths__dev=None), tmp_path / "run", quiet=True)
    assert done.status == "complete" and done.scores == {}


def test_best_without_dev_corpus_is_refused(config, tmp_path):
    with pytest.raises(ConfigError, match="dev"):
        train(config(paths__dev=None, training__keep="best"), tmp_path / "run", quiet=True)


def test_term_without_loss_is_refused(config, tmp_path):
    with pytest.raises(BuildError, match=r"training\.losses\.relation"):
        train(config(training__losses__relation=None), tmp_path / "run", quiet=True)


def test_loss_falls(config, tmp_path):
    options = {"model__entity_head__sampler__max_width": 10, "training__optimizer__lr": 5e-3}
    train(config(training__epochs=40, **options), tmp_path / "run", quiet=True)
    losses = [line["loss"] for line in log_of(tmp_path / "run") if "loss" in line]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_updates_on_a_cpu_in_bf16_do_without_flash_attention(config, tmp_path, monkeypatch, precision):
    """Its backward pass is slow there; evaluation has none."""
    seen: dict[str, set[bool]] = {"update": set(), "evaluation": set()}
    forward = HFEncoder.forward

    def watched(self, batch):
        seen["update" if torch.is_grad_enabled() else "evaluation"].add(
            torch.backends.cuda.flash_sdp_enabled()
        )
        return forward(self, batch)

    monkeypatch.setattr(HFEncoder, "forward", watched)
    train(config(system__precision=precision, training__epochs=1), tmp_path / "run", quiet=True)
    assert seen == {"update": {precision == "fp32"}, "evaluation": {True}}


def test_bf16_trains_and_keeps_fp32_weights(config, tmp_path):
    done = train(config(system__precision="bf16"), tmp_path / "run", quiet=True)
    assert done.status == "complete"
    assert {value.dtype for value in weights(tmp_path / "run").values()} == {torch.float32}
    assert len(list(load(done.model).predict(toy_docs(4), precision="bf16"))) == 4


def test_fp16_on_a_cpu_is_refused(config, tmp_path):
    with pytest.raises(ConfigError, match="fp16 needs a GPU"):
        train(config(system__precision="fp16"), tmp_path / "run", quiet=True)


def test_a_run_says_which_rates_its_stages_have(config):
    setup = Setup(config(training__optimizer__lr=0.1, training__optimizer__rates={"encoder": 0.2}))
    setup.build()
    assert "learning rates: encoder 0.02, entity_head 0.1, relation_head 0.1" in setup.notices


def test_a_run_says_what_a_component_decided(config, monkeypatch):
    monkeypatch.setattr(LinearRelationHead, "notices", ["model.relation_head: smaller than usual"])
    setup = Setup(config())
    setup.build()
    assert setup.notices.count("model.relation_head: smaller than usual") == 1
