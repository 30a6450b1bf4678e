"""Prediction in int8: nearly the states of fp32, by a model of which the original is left as it was."""

import json

import pytest
import torch

from jointre.encoders.base import Encoder
from jointre.errors import BuildError, UsageError
from jointre.pipeline import load
from jointre.system import check_precision
from jointre.testing import toy_docs


def test_states_are_near_and_the_model_is_unchanged(trained):
    pipeline = load(trained, "cpu")
    before = list(pipeline.predict(toy_docs()))
    rounded = pipeline.predictor("int8").model
    assert list(pipeline.predict(toy_docs())) == before

    ids = torch.arange(5, 13).unsqueeze(0)
    with torch.inference_mode():
        states, near = (
            model.eval().encoder.network(input_ids=ids).last_hidden_state
            for model in (pipeline.model, rounded)
        )
    assert 0 < (states - near).abs().max() < 0.1 * states.abs().max()
    heads = dict(rounded.relation_head.named_parameters())
    assert all(heads[name] is weight for name, weight in pipeline.model.relation_head.named_parameters())


def test_scores_name_the_number_format(command, trained):
    scores = command("evaluate", trained, "toy.jsonl", "--precision", "int8", "--json")
    assert json.loads(scores.out)["precision"] == "int8"
    assert ", int8), x100" in command("evaluate", trained, "toy.jsonl", "--precision", "int8").out
    assert command("predict", trained, "text.txt", "--precision", "int8").code == 0


def test_a_loss_of_a_number_format_is_measured(command, trained, monkeypatch):
    options = ["evaluate", trained, "toy.jsonl", "--max-loss"]
    done = command(*options, 100, "--precision", "int8", "--json")
    assert done.code == 0 and json.loads(done.out)["calibrated"]["f"].keys() == {"entities", "strict"}
    assert command(*options, 1).code == 2
    values = iter([{"entities_micro_f": f, "strict_micro_f": 0.5} for f in (0.5, 0.49)])
    monkeypatch.setattr("jointre.exporting.differences.metric_values", lambda metrics: next(values))
    failed = command(*options, 0.9, "--precision", "int8")
    assert failed.code == 1 and "entities F1 fell from 50.00 to 49.00" in failed.err


def test_int8_is_refused_on_a_gpu_and_by_encoders_without_it():
    with pytest.raises(UsageError, match="int8 needs a CPU"):
        check_precision("int8", torch.device("cuda"))
    with pytest.raises(BuildError, match="cannot compute in int8"):
        Encoder.use_int8(object())
