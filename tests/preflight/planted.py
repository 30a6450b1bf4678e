"""A config without a fault, and faults to plant in it, each with what the preflight has to say of it."""

import re
from dataclasses import dataclass

SOUND = """
[paths]
train = "train.jsonl"
dev = "dev.jsonl"
test = "test.jsonl"
types = "types.json"

[system]
device = "cpu"

[corpora.train]
@readers = "jointre.jsonl.v1"
path = ${paths.train}
types = ${paths.types}

[model]
@models = "jointre.joint.v1"
max_pairs = 1000

[model.encoder]
@encoders = "jointre.hf.v1"
name = "encoder"

[model.views]
@views = "jointre.identity.v1"
dropout = 0.1

[model.entity_head]
@entity_heads = "jointre.span_classifier.v1"
dropout = 0.1

[model.entity_head.sampler]
@samplers = "jointre.all_spans.v1"
max_width = 6
negatives = 30

[model.entity_head.extractor]
@span_extractors = "jointre.pooled.v1"
width_dim = 8

[model.entity_head.extractor.pooler]
@poolers = "jointre.cnn.v1"
kernels = [2, 3]
filters = 8

[model.pair_sampler]
@samplers = "jointre.entity_pairs.v1"
negatives = 30

[model.pair_extractor]
@pair_extractors = "jointre.span_pairs.v1"

[model.relation_head]
@relation_heads = "jointre.linear.v1"
threshold = 0.4

[initialize]
weights = "earlier"
parts = ["encoder"]

[training]
epochs = 2
keep = "best"
best_metric = "entities_micro_f"
tune_threshold = "strict_micro_f"

[training.optimizer]
@optimizers = "jointre.adamw.v1"
lr = 5e-5

[training.schedule]
@schedules = "jointre.warmup_linear.v1"
warmup = 0.1

[training.loss_weights.entity]
@schedules = "jointre.constant.v1"
value = 1.0

[pretraining]
steps = 10

[pretraining.objectives.typing]
@objectives = "jointre.masked_entity_typing.v1"
mask = 0.1
"""
FILES = ("train.jsonl", "dev.jsonl", "test.jsonl", "types.json", "encoder/config.json", "earlier/meta.json")


@dataclass(frozen=True)
class Planted:
    """A fault: the section and the line that brings it, and what is said of it.

    ``at`` is the key that the report names, if it is not that of the line: ``section`` or ``section key``.
    """

    section: str
    line: str
    says: str
    at: str = ""

    @property
    def id(self) -> str:
        """For the names of tests."""
        return f"{self.section}-{self.line}"

    def into(self, text: str) -> str:
        """The config with the fault: the line replaces that of its key, or is added, as its section may be."""
        if f"[{self.section}]\n" not in text:
            return f"{text}\n[{self.section}]\n{self.line}\n"
        before, after = text.split(f"[{self.section}]\n", 1)
        body, *rest = re.split(r"\n(?=\[)", after, maxsplit=1)
        key = self.line.split(" = ")[0]
        lines = [line for line in body.splitlines() if line.split(" = ")[0] != key]
        body = "\n".join(line for line in [*lines, self.line] if line)
        return f"{before}[{self.section}]\n" + "\n\n".join([body, *rest])

    def place(self, text: str) -> str:
        """Where the fault has to be reported: file, line, section and key."""
        section, _, key = (self.at or f"{self.section} {self.line.split(' = ')[0]}").partition(" ")
        lines = text.split("\n")
        row = lines.index(f"[{section}]")
        if key:
            row = next(n for n in range(row, len(lines)) if lines[n].split(" = ")[0] == key)
        return f"my.cfg:{row + 1} [{section}]{' ' if key else ''}{key}: "


SAMPLER, HEAD = "model.entity_head.sampler", "model.entity_head"
POOLER = "model.entity_head.extractor.pooler"
CONSTANT, ENTROPY = '@schedules = "jointre.constant.v1"', '@losses = "jointre.cross_entropy.v1"'
BREAKDOWN = "evaluation.breakdowns.length"

FAULTS = [
    # names
    Planted(
        "training.loss_weights.relations",
        CONSTANT,
        "did you mean 'relation'?",
        "training.loss_weights.relations",
    ),
    Planted(
        "training.loss_weights.banana",
        CONSTANT,
        "unknown loss term: 'banana'",
        "training.loss_weights.banana",
    ),
    Planted("training.losses.relatoin", ENTROPY, "did you mean 'relation'?", "training.losses.relatoin"),
    Planted("training.losses.banana", ENTROPY, "available: entity, relation", "training.losses.banana"),
    Planted("pretraining.weights.typin", CONSTANT, "did you mean 'typing'?", "pretraining.weights.typin"),
    Planted("pretraining.weights.x", CONSTANT, "available: typing, prediction", "pretraining.weights.x"),
    Planted("initialize", 'parts = ["encodr"]', "did you mean 'encoder'?"),
    Planted("training", 'best_metric = "entity_micro_f"', "did you mean 'entities_micro_f'?"),
    Planted("training", 'tune_threshold = "foo"', "no metric computes 'foo'"),
    Planted("model.views", '@views = "jointre.identty.v1"', "did you mean 'jointre.identity.v1'?"),
    Planted(POOLER, "filtres = 3", "did you mean 'filters'?"),
    Planted("training", "epoch = 3", "did you mean 'epochs'?"),
    Planted("trainig", "epochs = 3", "did you mean 'training'?", "trainig"),
    # limits
    Planted("model", "max_pairs = 0", "must be 1 or more, not 0"),
    Planted("model.encoder", "freeze = 0", "must be 1 or more, not 0"),
    Planted("model.views", "dropout = 2.0", "must be 0 or more and below 1, not 2.0"),
    Planted("model.views", "layer = 1000", "must be -256 to 256, not 1000"),
    Planted(HEAD, "dropout = -0.1", "must be 0 or more and below 1, not -0.1"),
    Planted(SAMPLER, "max_width = 0", "must be 1 or more, not 0"),
    Planted(SAMPLER, "negatives = -30", "must be 0 or more, not -30"),
    Planted("model.entity_head.extractor", "width_dim = -1", "must be 0 to 65536, not -1"),
    Planted(POOLER, "kernels = [2, 0]", "must be 1 to 65536 each, not [2, 0]"),
    Planted(POOLER, "kernels = []", "kernels must be one number or more"),
    Planted(POOLER, "filters = 1000000000", "must be 1 to 65536, not 1000000000"),
    Planted("model.pair_sampler", "max_spans = 1", "must be 2 or more, not 1"),
    Planted("model.relation_head", "threshold = 5", "must be 0 to 1, not 5"),
    Planted("model.relation_head", "hidden = 0", "must be 1 to 65536, not 0"),
    Planted("tokenizer", "overlap = -1", "must be 0 or more, not -1"),
    Planted("training", "epochs = 0", "must be 1 or more, not 0"),
    Planted("training", "clip = -1.0", "must be above 0, not -1.0"),
    Planted("training", "workers = 100000", "must be 0 to 1024, not 100000"),
    Planted("training", "patience = 0", "must be 1 or more, not 0"),
    Planted("training.optimizer", "lr = -1", "must be 0 or more, not -1"),
    Planted("training.optimizer", "beta2 = 1.0", "must be 0 or more and below 1, not 1.0"),
    Planted("training.optimizer", "layer_decay = 0.0", "must be above 0 and at most 1, not 0.0"),
    Planted("training.schedule", "warmup = 3.0", "must be 0 or more and below 1, not 3.0"),
    Planted("training.loss_weights.entity", "value = -1.0", "must be 0 or more, not -1.0"),
    Planted("pretraining", "share = 0.0", "must be above 0 and at most 1, not 0.0"),
    Planted("pretraining", "max_pieces = 2", "must be 3 or more, not 2"),
    Planted("pretraining.objectives.typing", "mask = 1.5", "must be 0 to 1, not 1.5"),
    Planted("pretraining.objectives.typing", "mask = 0.99", "add up to at most 1"),
    Planted(BREAKDOWN, "bounds = [9, 3]", "3 must not follow 9"),
    Planted("system", "threads = 0", "must be 1 to 4096, not 0"),
    Planted("system", 'device = "cuda:99"', "usable GPUs"),
    # types
    Planted("training", 'batch_size = "2"', "expected an integer, not the text '2'"),
    Planted("training", "accumulate = 1.5", "expected an integer, not 1.5"),
    Planted("evaluation", 'entities = "none"', 'expected one of "predicted", "gold"'),
    # what is not there
    Planted("paths", 'train = "trian.jsonl"', "did you mean 'train.jsonl'?"),
    Planted("paths", "train = null", "paths.train is not set", "corpora.train path"),
    Planted("paths", 'dev = "dve.jsonl"', "did you mean 'dev.jsonl'?"),
    Planted("paths", 'test = "none/test.jsonl"', "there is no folder none"),
    Planted("paths", 'types = "/nonexistent/types.json"', "there is no folder /nonexistent"),
    Planted("model.encoder", 'name = "encodr"', "did you mean 'encoder'?"),
    Planted("model.encoder", 'name = "./encodr"', "model folder not found"),
    Planted("model.encoder", 'name = "pkg:nowhere/model"', "no package 'nowhere' is installed"),
    Planted("initialize", 'weights = "erlier"', "did you mean 'earlier'?"),
]
COMBINED = [
    [
        "max_pairs = 0",
        "max_width = 0",
        "lr = -1",
        "warmup = 3.0",
        "threshold = 5",
        "epoch = 3",
        'train = "trian.jsonl"',
    ],
    [
        'train = "trian.jsonl"',
        'dev = "dve.jsonl"',
        'types = "/nonexistent/types.json"',
        'name = "encodr"',
        'tune_threshold = "foo"',
        'best_metric = "entity_micro_f"',
    ],
    [
        "dropout = -0.1",
        '@losses = "jointre.cross_entropy.v1"',
        'parts = ["encodr"]',
        "mask = 0.99",
        "bounds = [9, 3]",
    ],
    [
        "kernels = []",
        "negatives = -30",
        'best_metric = "entity_micro_f"',
        "value = -1.0",
        'weights = "erlier"',
    ],
    [
        "filtres = 3",
        'batch_size = "2"',
        "accumulate = 1.5",
        'test = "none/test.jsonl"',
        "beta2 = 1.0",
        "layer = 1000",
        'name = "pkg:nowhere/model"',
        "threads = 0",
    ],
    [
        '@views = "jointre.identty.v1"',
        "max_width = 0",
        "negatives = -30",
        'tune_threshold = "foo"',
        "share = 0.0",
    ],
    ["epochs = 3", "epochs = 0", "clip = -1.0", "patience = 0", "workers = 100000", 'device = "cuda:99"'],
    [
        "overlap = -1",
        "freeze = 0",
        "width_dim = -1",
        "max_spans = 1",
        "hidden = 0",
        "layer_decay = 0.0",
        "max_pieces = 2",
        'weights = "erlier"',
    ],
    ["train = null", 'dev = "dve.jsonl"', 'name = "./encodr"', "kernels = [2, 0]", 'entities = "none"'],
    [
        "bounds = [9, 3]",
        "mask = 1.5",
        CONSTANT,
        'tune_threshold = "foo"',
        "lr = -1",
        "dropout = 2.0",
        "filtres = 3",
    ],
]
