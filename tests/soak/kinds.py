"""The commands to disturb, and their small inputs."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.data.write import to_line
from jointre.testing import tiny_encoder_folder, toy_docs

JOINTRE = (sys.executable, "-m", "jointre")
NAMES = {"Ann": "PER", "Bob": "PER", "New York": "LOC", "Kiruna": "LOC"}
LINES, FEW = (
    600,
    60,
)  # of the text to annotate, and of the text to predict on, where an untrained model finds much
TRAINING = {
    "training.epochs": 8,
    "training.batch_size": 1,
    "training.accumulate": 2,
    "training.checkpoint_every": 1e-9,
    "training.keep": "best",
    "training.eval_every": 1,
    "training.best_metric": "entities_micro_f",
    "training.tune_threshold": "strict_micro_f",
    "model.entity_head.sampler.max_width": 3,
    "corpora.train.@readers": "jointre.jsonl.v1",
    "corpora.dev.@readers": "jointre.jsonl.v1",
    "system.device": "cpu",
}
PRETRAINING = {
    "model.entity_head.extractor.pooler.filters": 16,
    "model.entity_head.extractor.pooler.hidden": 24,
    "model.pair_extractor.context.pooler.filters": 16,
    "model.pair_extractor.context.pooler.hidden": 16,
    "model.relation_head.hidden": 32,
    "system.device": "cpu",
    "pretraining.workers": 1,
    "pretraining.accumulate": 1,
    "pretraining.batch_size": 4,
    "pretraining.steps": 16,
    "pretraining.eval_every": 4,
    "pretraining.eval_documents": 12,
    "pretraining.checkpoint_every": 6,
    "pretraining.save_every": 1e-9,
    "pretraining.min_entities": 2,
}
EXPERIMENT = """
[experiment]
title = "Soak"
config = "spert/conll04"
seeds = [0]
score = ["dev"]

[variants]

[variants.one]
title = "One"

[variants.two]
title = "Two"
set = {"training.optimizer.lr": 0.001}
"""


@dataclass(frozen=True)
class Kind:
    """A command that can be repeated.

    Args:
        name: name of the kind.
        command: the whole command, the same for each attempt.
        output: file or folder that it writes.
        continues: whether a repeated command continues, rather than starting again.
    """

    name: str
    command: Sequence[str]
    output: Path
    continues: bool = True


def kinds(folder: Path) -> list[Kind]:
    """Write the inputs of all kinds into a folder.

    To test another command that can be killed and repeated, add it to this list.
    """
    encoder = tiny_encoder_folder(folder / "encoder")
    corpus, dev, text, names = (
        folder / name for name in ("train.jsonl", "dev.jsonl", "text.txt", "names.tsv")
    )
    lines = [f"{to_line(doc)}\n" for doc in toy_docs(12)]
    corpus.write_text("".join(lines), encoding="utf8")
    dev.write_text("".join(lines[:3]), encoding="utf8")
    text.write_text("".join(f"Ann met Bob {n} times in New York.\n" for n in range(LINES)), encoding="utf8")
    names.write_text("".join(f"{name}\t{label}\n" for name, label in NAMES.items()), encoding="utf8")
    experiment = folder / "soak.cfg"
    training = {**TRAINING, "model.encoder.name": str(encoder), "training.workers": 1}
    shorter = {**training, "training.epochs": 3, "training.workers": 0}
    paths = ["--paths.train", str(corpus), "--paths.dev", str(dev)]
    experiment.write_text(EXPERIMENT, encoding="utf8")
    shards = folder / "outputs" / "annotate"
    return [
        _kind(folder, "train", "spert/conll04", *paths, "--resume", **training),
        Kind("annotate", [
            *JOINTRE, "annotate", str(text), str(shards), "--tagger", f"gazetteer:{names}",
            "--shard-size", "40", "--workers", "2",
        ], shards),
        _kind(folder, "experiment", str(experiment), *paths, "--workers", "2", word="experiment run", **shorter),
        _kind(
            folder, "pretrain", "enpar/pretrain", "--paths.train", str(folder / "reference" / "annotate"), "--resume",
            **{**PRETRAINING, "model.encoder.name": str(encoder)},
        ),
        _predict(folder),
        _bulk(folder),
    ]  # fmt: skip


def _kind(folder: Path, name: str, *arguments: str, word: str = "", **overrides: object) -> Kind:
    output = folder / "outputs" / name
    values = [f"--{key}={value}" for key, value in overrides.items()]
    words = (word or name).split()
    return Kind(name, [*JOINTRE, *words, *arguments, *values, "--output", str(output)], output)


def _predict(folder: Path) -> Kind:
    text = folder / "few.txt"
    lines = (folder / "text.txt").read_text(encoding="utf8").splitlines(keepends=True)
    text.write_text("".join(lines[:FEW]), encoding="utf8")
    output = folder / "outputs" / "predict.jsonl"
    model = folder / "reference" / "train"
    command = [*JOINTRE, "predict", str(model), str(text), str(output), "--force"]
    return Kind("predict", command, output, continues=False)


def _bulk(folder: Path) -> Kind:
    """Return a bulk prediction of the text that `_predict` writes."""
    output = folder / "outputs" / "bulk"
    names = [str(folder / "reference" / "train"), str(folder / "few.txt"), f"{output}/"]
    return Kind("bulk", [*JOINTRE, "predict", *names, "--workers", "2", "--shard-size", "5"], output)
