"""The cost of a model: FLOPs against formulas, memory against known sizes, and the same work for every model."""

import json

import pytest
import torch
from torch import nn

from jointre.cli.app import run
from jointre.data.write import to_line
from jointre.entity_heads.base import EntityHead
from jointre.inspection.cost import _gold_entities, count_flops, measure, peak_bytes
from jointre.testing import toy_docs

B, T, D, H = 2, 5, 8, 6


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: nn.Linear(D, H)(x), 2 * B * T * D * H),
        (lambda x: nn.functional.scaled_dot_product_attention(x, x, x), 2 * 2 * B * T * T * D),
        (lambda x: nn.LSTM(D, H, batch_first=True)(x), 2 * B * T * 4 * H * (D + H)),
        (lambda x: nn.Conv1d(D, H, 3)(x.transpose(1, 2)), 2 * B * (T - 2) * 3 * D * H),
        (lambda x: torch.einsum("btd,ed->bte", x, x.new_ones(H, D)), 2 * B * T * D * H),
        (lambda x: x + x, 0),
    ],
    ids=["linear", "attention", "lstm", "convolution", "einsum", "sum"],
)
def test_flops_are_those_of_the_formula(compute, expected):
    x = torch.zeros(B, T, D)
    with torch.no_grad():
        assert count_flops(lambda: compute(x)) == expected


def test_memory_is_the_most_that_exists_at_once():
    x = torch.zeros(100, 100)

    def compute():
        y = x + 1  # 40 kB
        z = (y + 1).sum()  # 80 kB for a moment
        del y
        return (x * 2)[:10] + z  # a view takes none

    assert peak_bytes(lambda: x.t()) == 0
    assert peak_bytes(compute) == 80_000 + 4


@pytest.fixture(scope="module")
def cost(talkative):
    model, tokenizer = talkative(max_width=3)
    return model, tokenizer, measure(model, tokenizer, toy_docs(12), 64)


def test_flops_of_the_encoder_are_those_of_its_layers(cost):
    model, tokenizer, found = cost
    config = model.encoder.network.config
    width, inner, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    lengths = [len(e.ids) for e in tokenizer.encode(toy_docs(12), None)]
    layer = sum(8 * n * width**2 + 4 * n * n * width + 4 * n * width * inner for n in lengths)
    assert found.encoder_flops == pytest.approx(layers * layer / len(lengths))
    assert found.flops > found.encoder_flops
    assert (found.sentences, found.words, found.batch_pieces) == (12, 7.5, 64)
    assert found.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert found.memory > 4 * found.parameters
    assert found.seconds_batched > 0 and found.seconds_alone > 0


def test_the_work_does_not_depend_on_what_is_found(cost, talkative):
    model, tokenizer = talkative(max_width=3)
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            parameter.data.zero_()
    again = measure(model, tokenizer, toy_docs(12), 64)
    assert (again.flops, again.memory) == (cost[2].flops, cost[2].memory)


def test_afterwards_the_model_finds_its_own_entities_again(cost):
    model, *_ = cost
    (head,) = (module for module in model.modules() if isinstance(module, EntityHead))
    with _gold_entities(model):
        assert head._forward_hooks
    assert not head._forward_hooks


@pytest.fixture
def debug(encoder_folder, tmp_path, capsys):
    """Exit code, stdout and stderr of ``debug model`` with a corpus of 12 sentences."""
    (tmp_path / "toy.jsonl").write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(12)), "utf8")

    def call(*options: str, data: bool = True):
        train = [f"--paths.train={tmp_path / 'toy.jsonl'}"] if data else []
        name = f"--model.encoder.name={encoder_folder}"
        code = run(["debug", "model", "spert/conll04", name, *train, "--system.device=cpu", *options])
        return (code, *capsys.readouterr())

    return call


def test_command(debug):
    code, out, _ = debug("--cost")
    assert code == 0
    lines = out.partition("Cost per sentence (12 sentences of 7.5 words on average)\n")[2].splitlines()
    names = [line.split("  ")[0] for line in lines if line[:1].strip()]
    assert names == ["parameters", "FLOPs", "time", "peak memory"]
    facts = json.loads(debug("--cost", "--json")[1])
    assert facts["cost"]["parameters"] == facts["components"][0]["parameters"]
    assert facts["cost"]["flops"] > facts["cost"]["encoder_flops"] > 0


def test_without_sentences_there_is_no_cost(debug):
    code, out, err = debug("--cost", data=False)
    assert (code, out) == (2, "") and "--cost: it needs sentences" in err
    assert "cost" not in json.loads(debug("--json", data=False)[1])
