"""The official score of SemEval-2010 Task 8: the scorer's own cases, and its rules one by one."""

import os
import re
from pathlib import Path

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import SemevalMetric

SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()
CASES = SHARED / "data" / "semeval2010_task8" / "scorer_cases"
Answer = str | tuple[str, float] | None


def doc(*answers: Answer, in_label: bool = False) -> Doc:
    """A sentence with answers such as "Cause-Effect(e2,e1)", maybe with a score; None and Other are no relation."""
    relations = []
    for answer in answers:
        label, score = answer if isinstance(answer, tuple) else (answer, None)
        if label in (None, "Other"):
            continue
        back = label.endswith("(e2,e1)") and not in_label
        relations.append(Relation(int(back), int(not back), label if in_label else label[:-7], score))
    return Doc(["smoke", "from", "fire"], [Entity(0, 1, "Entity"), Entity(2, 3, "Entity")], relations)


def scored(*pairs: tuple[Answer, Answer]) -> SemevalMetric:
    metric = SemevalMetric()
    for gold, predicted in pairs:
        metric.update(doc(gold), doc(predicted))
    return metric


def answers(name: str) -> dict[str, str]:
    path = CASES / name
    if not path.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    return dict(line.split("\t") for line in path.read_text("utf8").splitlines())


@pytest.mark.parametrize("in_label", [False, True], ids=["order of the arguments", "label"])
@pytest.mark.parametrize("case", [1, 2, 3, 5])
def test_every_figure_is_that_of_the_official_scorer(case, in_label):
    key, proposed = answers(f"answer_key{case}.txt"), answers(f"proposed_answer{case}.txt")
    metric = SemevalMetric()
    for number, label in key.items():
        metric.update(doc(label, in_label=in_label), doc(proposed.get(number), in_label=in_label))
    official = (CASES / f"result_scores{case}.txt").read_text("utf8").split("-- OFFICIAL >>>")[1]
    rows = re.findall(
        r"^ +([A-Z][a-z]+-\w+) : .*= +([\d.]+)% .*= +([\d.]+)% .*= +([\d.]+)%", official, re.MULTILINE
    )
    averages = re.findall(r"^P = .*?([\d.]+)%\s+R = .*?([\d.]+)%\s+F1 = +([\d.]+)%", official, re.MULTILINE)
    wanted = [*sorted(rows), ("micro", *averages[0]), ("macro", *averages[1])]
    shown = [(row.label, *(f"{100 * x:.2f}" for x in row[2:5])) for row in metric.table()]
    assert shown == wanted
    final = re.search(r"macro-averaged F1 = ([\d.]+)%", official)
    assert final and f"{100 * metric.compute()['semeval_macro_f']:.2f}" == final[1]


def test_a_wrong_direction_is_one_missed_and_one_spurious_item_of_the_type():
    metric = scored(("C-E(e1,e2)", "C-E(e2,e1)"), ("C-E(e1,e2)", "C-E(e1,e2)"))
    assert metric.table()[0] == ("type", "C-E", 0.5, 0.5, 0.5, 2, 2, 1)


def test_the_mean_is_over_the_types_of_the_key_and_others_count_as_other():
    metric = scored(("C-E(e1,e2)", "C-E(e1,e2)"), ("Other", "M-T(e1,e2)"))
    assert [row.label for row in metric.table()] == ["C-E", "micro", "macro"]
    assert set(metric.compute().values()) == {1.0}


def test_a_false_alarm_on_other_costs_precision():
    metric = scored(("C-E(e1,e2)", "C-E(e1,e2)"), ("Other", "C-E(e1,e2)"), ("Other", "Other"))
    assert metric.compute()["semeval_macro_p"] == 0.5


def test_a_relation_with_the_label_other_is_none():
    metric = SemevalMetric()
    other = Doc(doc().words, doc().entities, [Relation(0, 1, "Other")])
    metric.update(doc("C-E(e1,e2)"), other)
    metric.update(other, doc("C-E(e1,e2)"))
    assert metric.table()[0] == ("type", "C-E", 0.0, 0.0, 0.0, 1, 1, 0)


def test_of_several_scored_answers_the_best_is_taken():
    metric = SemevalMetric()
    metric.update(doc("C-E(e1,e2)"), doc(("M-T(e1,e2)", 0.7), ("C-E(e2,e1)", 0.8), ("C-E(e1,e2)", 0.9)))
    assert set(metric.compute().values()) == {1.0}
    metric.update(doc("C-E(e1,e2)"), doc(("C-E(e2,e1)", 0.9), ("C-E(e1,e2)", 0.9)))
    assert metric.table()[0][5:] == (2, 2, 1)


def test_reset_forgets_and_keeps_the_rule():
    metric = scored(("C-E(e1,e2)", "Other"))
    metric.reset()
    metric.update(doc("C-E(e1,e2)"), doc("C-E(e1,e2)"))
    metric.update(doc(None), doc("M-T(e1,e2)"))
    assert metric.compute()["semeval_macro_f"] == 1.0
