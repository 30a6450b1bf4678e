"""The benchmarks measure what they say, on a tiny encoder."""

from dataclasses import replace
from math import isnan

import pytest
import torch

from benchmarks import kernel, startup
from benchmarks import run as bench
from benchmarks.aims import aims
from benchmarks.corpus import read_corpus
from benchmarks.growth import measure_growth
from benchmarks.heads import count, fit_heads, set_counts
from benchmarks.memory import run as in_memory_child
from benchmarks.options import Options, Sizes
from benchmarks.prediction import STAGES, encode_alone, measure_stages
from benchmarks.replay import recording, remembering
from benchmarks.report import markdown
from benchmarks.subject import make_subject
from benchmarks.timing import in_turn, share, slope
from jointre.data.doc import Doc

CPU = torch.device("cpu")
TINY = Sizes(
    docs=8,
    rounds=2,
    budgets=(1, 512),
    batch_sizes=(2,),
    steps=(2,),
    words=(16, 32, 64),
    copies=2,
    entities=(2, 5, 10, 20),
    repeats=2,
)


@pytest.fixture(scope="module")
def subject(encoder_folder):
    made = make_subject(Options(str(encoder_folder), data="sample:dev"))
    fit_heads(made, made.corpus.spread(16))
    return made


@pytest.fixture
def settings_restored():
    """What a training sets for its process."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def test_fitted_heads_find_as_much_as_is_annotated(subject):
    docs = subject.corpus.spread(16)
    found, gold = count(list(subject.predictor(1024)(docs))), count(docs)
    assert gold.entities > 20 and gold.relations > 5
    assert found.entities == gold.entities
    assert gold.relations // 2 <= found.relations <= gold.relations  # symmetric ones are merged


@pytest.mark.parametrize("n", [0, 2, 30])
def test_the_number_of_entities_can_be_set(subject, n):
    before = {name: value.clone() for name, value in subject.model.state_dict().items()}
    doc = subject.corpus.joined(50)
    set_counts(subject, [doc], n, n // 2)
    found = count(list(subject.predictor(1024)([doc, doc])))
    subject.model.load_state_dict(before)
    assert found.entities == 2 * n and found.pairs == 2 * n * (n - 1) * (n > 0)


def test_a_remembering_encoder_computes_once_and_changes_nothing(subject):
    docs = subject.corpus.spread(6)
    predictor = subject.predictor(1024)
    network = subject.model.encoder.network
    before = list(predictor(docs))
    calls = []
    hook = network.register_forward_hook(lambda *_: calls.append(1))
    with remembering(subject.model.encoder):
        results = [list(predictor(docs)) for _ in range(3)]
        once = len(calls)
    list(predictor(docs))
    hook.remove()
    assert results == [before] * 3
    assert once > 0 and len(calls) == 2 * once


def test_the_encoder_alone_runs_over_the_batches_of_the_prediction(subject):
    docs = subject.corpus.spread(6)
    encoder = subject.model.encoder
    with recording(encoder) as batches:
        list(subject.predictor(512)(docs))
    with recording(subject.padded_encoder) as again:
        encode_alone(subject, list(batches))
    assert sorted(doc.id for batch in batches for doc in batch.docs) == sorted(doc.id for doc in docs)
    assert all(one is other for one, other in zip(again, batches, strict=True))


def test_stages_add_up_to_the_whole(subject):
    rests = []
    for _ in range(3):  # another process may interrupt one of them between two stages
        spent = measure_stages(subject, subject.corpus.spread(4), 512, 1)
        assert tuple(spent) == STAGES
        assert all(spent[stage] > 0 for stage in STAGES)
        rests.append(spent["rest"] / sum(spent.values()))
    assert min(rests) < 0.5


def test_growth_has_the_words_and_entities_asked_for(subject):
    before = {name: value.clone() for name, value in subject.model.state_dict().items()}
    growth = measure_growth(subject, TINY)
    ties = 1.5  # a state of 16 numbers gives some spans the same maximum
    assert [p["words"] for p in growth["words"]] == [16, 32, 64]
    assert [p["entities"] for p in growth["words"]] == pytest.approx([10, 10, 10], abs=ties)
    assert [p["entities"] for p in growth["words_dense"]] == pytest.approx([1, 3, 6], abs=ties)
    assert [p["entities"] for p in growth["entities"]] == pytest.approx([2, 5, 10, 20], abs=ties)
    assert all(p["pairs"] == p["entities"] * (p["entities"] - 1) for p in growth["entities"])
    assert not any((value != before[name]).any() for name, value in subject.model.state_dict().items()), (
        "the heads are as they were"
    )


@pytest.mark.parametrize("work", ["prediction", "training"])
@pytest.mark.parametrize("whole", [True, False])
def test_memory_is_that_of_the_work(subject, tmp_path, settings_restored, work, whole):
    from safetensors.torch import save_file

    heads = tmp_path / "heads.safetensors"
    state = subject.model.state_dict()
    save_file({name: value for name, value in state.items() if not name.startswith("encoder.")}, heads)
    options = {"encoder": subject.options.encoder, "data": "sample:dev"}
    found = in_memory_child(
        {"options": options, "work": work, "docs": 4, "heads": str(heads), "whole": whole}
    )
    assert 0 < 0.99 * found["before"] < found["peak"]  # the kernel counts pages a little late


def test_a_run_has_a_row_for_everything(encoder_folder, monkeypatch, settings_restored):
    monkeypatch.setattr(bench, "sizes", lambda options: TINY)
    options = Options(str(encoder_folder), data="sample:dev")
    said = []
    results = bench.run([options], ["prediction", "growth", "training", "variants"], said.append)
    text = markdown(results)
    for title in ("Aims", "Prediction", "Where prediction", "Training", "Growth", "Number formats"):
        assert f"### {title}" in text
    assert "| 1 sentence | 8 |" in text and "| 512 |" in text and "| bf16 | no |" in text
    assert "training / encoder, batch of 2" in text
    assert f"variants, {encoder_folder}" in said


def test_aims_are_met_or_missed():
    rows = [
        {"batch_pieces": 1, "sentences_per_second": 10.0, "ratio": 0.99},
        {"batch_pieces": 512, "sentences_per_second": 20.0, "ratio": 0.89},
    ]
    growth = {"words_exponent": 1.0, "pairs_exponent": float("nan")}
    memory = [{"work": "prediction", "ratio": 1.3}]
    found = {
        "prediction": rows,
        "growth": growth,
        "memory": memory,
        "training": [{"batch_size": 2, "ratio": 0.85}],
    }
    made = aims({"options": {"device": "cpu"}, "encoders": {"base": found}})
    assert [(round(aim.measured, 2), aim.met) for aim in made[:-1]] == [
        (0.89, False),
        (0.85, True),
        (1.3, True),
        (1.0, True),
    ]
    assert isnan(made[-1].measured) and not made[-1].met
    on_gpu = aims({"options": {"device": "cuda"}, "encoders": {"base": {"prediction": rows}}})
    assert [aim.what for aim in on_gpu][1:] == ["sentences a second"]


def test_joined_documents_have_exactly_the_words():
    corpus = read_corpus("sample:dev", None)
    total = sum(len(doc.words) for doc in corpus.docs)
    assert [len(corpus.joined(n).words) for n in (1, 33, total + 5)] == [1, 33, total + 5]
    assert corpus.joined(total + 5).words[:total] == [word for doc in corpus.docs for word in doc.words]


def test_sentences_come_from_all_over_the_corpus():
    corpus = read_corpus("sample:dev", None)
    corpus = replace(corpus, docs=[Doc([str(i)]) for i in range(10)])
    assert [doc.words[0] for doc in corpus.spread(5)] == ["0", "2", "4", "6", "8"]
    assert len(corpus.spread(25)) == 25


def test_works_run_in_turn_and_are_compared_round_by_round():
    order = []
    times = in_turn([lambda: order.append("a"), lambda: order.append("b")], 2, CPU)
    assert "".join(order) == "ab" + "ab" + "ba"
    assert [len(part) for part in times] == [2, 2]
    assert share([1, 8, 3], [2, 10, 10]) == 0.5


def test_slope_is_the_exponent():
    assert slope([1, 2, 4], [3, 12, 48]) == pytest.approx(2)
    assert isnan(slope([1, 2], [0, 1]))


def test_start_up_is_timed_in_a_process_of_its_own():
    assert startup._time(startup.BARE["python -c pass"]) > 0


def test_plots_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra bench is not installed")
    from benchmarks.plots import plot_growth, plot_throughput

    row = {
        "batch_pieces": 512,
        "sentences_per_second": 9.0,
        "encoder_sentences_per_second": 10.0,
        "ratio": 0.9,
    }
    points = [{"words": n, "pairs": n, "milliseconds": float(n)} for n in (32, 64, 128)]
    growth = {"words": points, "words_dense": points, "entities": points}
    results = {"encoders": {"minilm": {"prediction": [row], "growth": growth}}}
    for plot in (plot_growth, plot_throughput):
        assert plot(results, tmp_path / "plot.svg")
        assert "<svg" in (tmp_path / "plot.svg").read_text(encoding="utf8")
        assert not plot({"encoders": {"minilm": {}}}, tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()


def test_both_forms_of_the_kernel_have_one_loss():
    task = {"batch": 3, "length": 15, "width": 8, "types": 4, "threads": 1}
    gathered, dense = (kernel.run({**task, "dense": flag})["loss"] for flag in (False, True))
    assert gathered == pytest.approx(dense, abs=1e-6)
