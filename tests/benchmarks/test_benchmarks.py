"""The benchmarks measure what they say, on a tiny encoder."""

import subprocess
from dataclasses import replace
from math import isnan

import pytest
import torch

from benchmarks import backends, kernel, startup, timing
from benchmarks import run as bench
from benchmarks.aims import aims
from benchmarks.corpus import read_corpus
from benchmarks.exact_encoders import ONNX, PACKED, PADDED
from benchmarks.growth import measure_growth
from benchmarks.heads import count, fit_heads, set_counts
from benchmarks.machine import instruction_sets
from benchmarks.memory import run as in_memory_child
from benchmarks.options import Effort, Options, Sizes
from benchmarks.prediction import STAGES, encode_alone, measure_stages
from benchmarks.replay import recording, remembering
from benchmarks.report import markdown
from benchmarks.subject import make_subject
from benchmarks.timing import LIMIT, Pass, Row, in_turn, measure, run, slope
from jointre.data.doc import Doc
from jointre.data.write import to_line
from jointre.testing import toy_docs

CPU = torch.device("cpu")
TINY = Sizes(
    docs=8,
    effort=Effort(rounds=2, tries=1),
    budgets=(1, 512),
    batch_sizes=(2,),
    steps=(2,),
    words=(16, 32, 64),
    copies=2,
    entities=(2, 5, 10, 20),
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
    padded = subject.exact_encoders.by_name[PADDED]
    with recording(padded) as again:
        encode_alone(padded, list(batches), subject.device)
    assert sorted(doc.id for batch in batches for doc in batch.docs) == sorted(doc.id for doc in docs)
    assert all(one is other for one, other in zip(again, batches, strict=True))


def test_stages_add_up_to_the_whole(subject):
    rests = []
    for _ in range(3):  # another process may interrupt one of them between two stages
        found = measure_stages(subject, subject.corpus.spread(4), 512, Effort(1, 1))["stages"]
        assert tuple(found) == STAGES
        spent = {stage: times["wall"]["median"] for stage, times in found.items()}
        assert all(seconds > 0 for seconds in spent.values())
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
    assert "training, batch of 2 / encoder, eager padded" in text
    [found] = results["encoders"].values()
    for row in (*found["prediction"], *found["training"]):
        assert list(row["systems"])[:3] == ["jointre", PADDED, PACKED]
    assert f"variants, {encoder_folder}" in said


def compared(ours, padded, packed):
    """A row whose ratios by CPU time are those of these seconds; by wall time they are higher."""
    times = [[Pass(wall, cpu)] for wall, cpu in ((ours, ours), (padded, padded), (ours, packed))]
    return Row(times).compared(["jointre", PADDED, PACKED])


def test_aims_are_met_or_missed():
    rows = [
        {"batch_pieces": 1, "documents": 20, **compared(2.0, padded=1.98, packed=1.98)},
        {"batch_pieces": 512, "documents": 20, **compared(1.0, padded=0.98, packed=0.89)},
    ]
    growth = {"words_exponent": 1.0, "pairs_exponent": float("nan")}
    memory = [{"work": "prediction", "ratio": 1.3}]
    found = {
        "prediction": rows,
        "growth": growth,
        "memory": memory,
        "training": [{"batch_size": 2, **compared(2.0, padded=1.7, packed=1.8)}],
    }
    made = aims({"options": {"device": "cpu"}, "encoders": {"base": found}})
    assert [(round(aim.measured, 2), aim.met) for aim in made[:-1]] == [
        (0.89, False),  # the packed encoder, by CPU time
        (0.98, True),
        (0.85, True),
        (1.3, True),
        (1.0, True),
    ]
    assert isnan(made[-1].measured) and not made[-1].met
    on_gpu = aims({"options": {"device": "cuda"}, "encoders": {"base": {"prediction": rows}}})
    assert [aim.what for aim in on_gpu][1:] == ["sentences a second"]
    assert on_gpu[0].what.endswith(PADDED), "wall time alone counts there"


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
    passes = in_turn([lambda: order.append("a"), lambda: order.append("b")], 2, CPU)
    assert "".join(order) == "ab" + "ab" + "ba"
    assert [len(part) for part in passes] == [2, 2]


class Clocks:
    """Clocks that go on only while a work runs, by seconds in turn."""

    def __init__(self, monkeypatch):
        self.wall = self.cpu = 0.0
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.wall)
        monkeypatch.setattr(timing, "cpu_seconds", lambda: self.cpu)

    def work(self, *seconds, share=0.5):
        """Return a work whose calls take these seconds, of the CPU a share of them."""
        rest = iter(seconds)

        def run():
            taken = next(rest)
            self.wall += taken
            self.cpu += share * taken
            return taken

        return run


def test_a_row_has_median_and_range_of_both_clocks_and_ratios_of_the_same_round(monkeypatch):
    clocks = Clocks(monkeypatch)
    ours, other = clocks.work(9, 10, 20, 40), clocks.work(9, 5, 30, 32, share=0.25)
    [row] = measure([[ours, other]], Effort(3, 1), CPU)
    assert row.seconds("wall") == (20, 1.5) and row.seconds("cpu") == (10, 1.5)
    assert row.seconds("wall", 1) == (30, 0.9) and row.seconds("cpu", 1) == (7.5, 0.9)
    assert row.ratio("wall", 1, 0) == 0.8, "of 0.5, 1.5 and 0.8"
    assert row.ratio("cpu", 1, 0) == 0.4
    assert row.range == 1.5 and row.tries == 1
    plain = row.compared(["jointre", "other"])
    assert plain["systems"]["other"]["ratio"] == {"wall": 0.8, "cpu": 0.4}
    assert plain["systems"]["jointre"]["cpu"] == {"median": 10, "range": 1.5}


def test_only_rows_with_a_large_range_are_measured_again_until_one_is_small(monkeypatch):
    clocks = Clocks(monkeypatch)
    still = clocks.work(7, 10, 10, 11)  # a second try would have no more seconds
    disturbed = clocks.work(7, 10, 10, 15, 7, 20, 21, 20)
    rows = measure([[still], [disturbed]], Effort(3, 3), CPU)
    assert [row.tries for row in rows] == [1, 2]
    assert [row.seconds("wall") for row in rows] == [(10, LIMIT), (20, 0.05)]


def test_the_try_with_the_smallest_range_counts_when_none_is_small(monkeypatch):
    clocks = Clocks(monkeypatch)
    work = clocks.work(7, 10, 13, 10, 7, 20, 24, 20, 7, 30, 39, 30)
    [row] = measure([[work]], Effort(3, 3), CPU)
    assert row.tries == 3 and row.seconds("cpu") == (10, 0.2)
    assert [one.result for one in row.passes[0]] == [20, 24, 20], "of the same try"


def test_the_time_of_child_processes_counts():
    assert run(lambda: startup.start(startup.BARE["python -c pass"]), CPU).cpu > 0.001


def test_exact_encoders_compute_the_same_states(subject):
    encoders = subject.exact_encoders.by_name
    if subject.exact_encoders.missing:
        assert "must be installed" in subject.exact_encoders.missing
    with recording(subject.model.encoder) as batches:
        list(subject.predictor(512)(subject.corpus.spread(6)))
    batch = max(batches, key=len)
    assert batch.padded
    with torch.inference_mode():
        states = [encoder(batch).layers[-1][batch.mask.bool()] for encoder in encoders.values()]
    assert (ONNX in encoders) != bool(subject.exact_encoders.missing) and len(states) >= 2
    for other in states[1:]:
        torch.testing.assert_close(other, states[0], atol=1e-5, rtol=1e-4)


def test_backends_of_a_model_are_compared_on_its_predictions(talkative_folder, tmp_path, monkeypatch):
    corpus = tmp_path / "toys.jsonl"
    corpus.write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(6)), encoding="utf8")
    monkeypatch.setattr(backends, "_jointre", lambda *_: subprocess.CompletedProcess("", 1, "", "not here"))
    rows = backends.measure_model(talkative_folder, str(corpus), None, Effort(2, 1))
    assert [row[0] for row in rows] == ["torch, fp32", "torch, int8"]
    for row in rows:
        assert len(row) == len(backends.COLUMNS)
        speed, peak = float(row[1]), float(row[4])
        assert speed > 1 and 100 < peak < 5000
        assert 0 <= float(row[6]) <= float(row[5]) <= 100


def test_instruction_sets_are_those_of_torch(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx2_supported", lambda: True)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    found = instruction_sets()
    assert found.startswith("AVX2") and "AMX," not in found
    assert torch.backends.cpu.get_cpu_capability() in found and found.endswith("ONEDNN_MAX_CPU_ISA=AVX2")


def test_slope_is_the_exponent():
    assert slope([1, 2, 4], [3, 12, 48]) == pytest.approx(2)
    assert isnan(slope([1, 2], [0, 1]))


def test_plots_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra bench is not installed")
    from benchmarks.plots import plot_growth, plot_throughput

    row = {"batch_pieces": 512, "documents": 9, **compared(1.0, padded=0.9, packed=0.8)}
    points = [{"words": n, "pairs": n, "milliseconds": float(n)} for n in (32, 64, 128)]
    growth = {"words": points, "words_dense": points, "entities": points}
    options = {"device": "cpu"}
    results = {"options": options, "encoders": {"minilm": {"prediction": [row], "growth": growth}}}
    for plot in (plot_growth, plot_throughput):
        assert plot(results, tmp_path / "plot.svg")
        assert "<svg" in (tmp_path / "plot.svg").read_text(encoding="utf8")
        assert not plot({"encoders": {"minilm": {}}}, tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()


def test_both_forms_of_the_kernel_have_one_loss():
    task = {"batch": 3, "length": 15, "width": 8, "types": 4, "threads": 1}
    gathered, dense = (kernel.run({**task, "dense": flag})["loss"] for flag in (False, True))
    assert gathered == pytest.approx(dense, abs=1e-6)
