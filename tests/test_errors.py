"""How several faults are told at once."""

from jointre.data.report import CorpusError
from jointre.errors import Fault, UsageError
from jointre.place import Place


def test_equal_faults_are_told_once_with_their_number_and_the_first_places():
    faults = [Fault("has no text", Place("train.jsonl", line), "add it") for line in range(1, 145)]
    other = Fault("is empty", "dev.jsonl")
    error = UsageError("refused", [*faults[:1], other, *faults[1:]])
    assert str(error).splitlines() == [
        "refused (145 problems)",
        "  - train.jsonl:1, 2, 3, 4, 5, and 139 more: has no text (144 times)",
        "      -> add it",
        "  - dev.jsonl: is empty",
    ]
    assert len(error.faults) == 145


def test_places_in_a_list_name_its_file_once():
    faults = [Fault("has no text", Place("train.json", number + 2, record=number)) for number in range(8)]
    first = str(UsageError("refused", faults)).splitlines()[1]
    assert first == (
        "  - train.json[0] (line 2), [1] (line 3), [2] (line 4), [3] (line 5), [4] (line 6), and 3 more: "
        "has no text (8 times)"
    )


def test_faults_of_many_items_are_told_once_and_those_of_few_by_number():
    faults = [
        Fault.of_item("entity", number % 4, " has no 'label'", Place("a.json", record=number))
        for number in range(144)
    ]
    assert str(UsageError("refused", faults)).splitlines() == [
        "refused (144 problems)",
        "  - a.json[0], [1], [2], [3], [4], and 139 more: entity N has no 'label' (144 times)",
    ]
    few = str(UsageError("refused", faults[:2]))
    assert "entity 0 has no 'label'" in few and "entity 1 has no 'label'" in few


def test_a_fault_repeated_at_one_place_names_it_once():
    assert "  - model: too wide (3 times)" in str(UsageError("refused", [Fault("too wide", "model")] * 3))


def test_names_have_lines_of_their_own_until_there_are_many():
    faults = [Fault("is missing", f"layer.{number}.weight") for number in range(144)]
    few = str(UsageError("refused", faults[:20]))
    assert few.count("weight: is missing") == 20 and "times" not in few
    lines = str(UsageError("refused", faults)).splitlines()
    assert len(lines) == 22 and lines[1] == "  - layer.0.weight: is missing"
    assert lines[-1].endswith("layer.24.weight, and 119 more: is missing (124 times)")


def test_very_many_kinds_of_faults_are_counted_and_the_first_shown():
    error = CorpusError("refused", [Fault(f"fault {number}", "a") for number in range(50)])
    assert len(str(error).splitlines()) == 22 and str(error).endswith("  and 30 more")
    assert len(str(UsageError("refused", error.faults)).splitlines()) == 51
    assert str(UsageError("refused", error.faults * 3)).count("(3 times)") == 50
