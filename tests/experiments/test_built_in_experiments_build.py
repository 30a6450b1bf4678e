"""Experiments on licensed corpora, or with encoders of the hub, are checked and built on a made-up corpus."""

import re
import shutil

import pytest

from jointre.config.built_in import experiments
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.write import to_line
from jointre.experiments.load import load_experiment, owners
from jointre.experiments.plan import plan_runs
from jointre.experiments.variants import Request

NAMES = [
    *("spert/table1_conll04", "spert/table1_scierc", "spert/ade_folds"),
    *("sinet/table2_scierc", "sinet/table2_ace05", "sinet/table2_ace04", "sinet/table4_ace05"),
    *("giorgi/table1_conll04", "giorgi/table1_ace05", "giorgi/ace04_folds", "giorgi/ade_folds"),
    *("giorgi/i2b2_folds", "giorgi/table2", "giorgi/grid"),
    *("enpar/table2", "enpar/table3", "enpar/table5_scierc", "enpar/table5_nyt"),
    *("redn/table4_semeval", "redn/table4_nyt", "redn/table4_webnlg"),
]
PEOPLE, FIRMS, TOWNS = ("Ann", "Bob Li", "Eve"), ("Acme", "Blue Sun"), ("Oslo", "New York")


def sentence(number: int) -> Doc:
    """``PERSON works for FIRM in TOWN .``, each with three entities and two relations."""
    words: list[str] = []
    entities = []
    for label, name, after in (
        ("Person", PEOPLE[number % 3], "works for"),
        ("Firm", FIRMS[number // 3 % 2], "in"),
        ("Town", TOWNS[number // 6 % 2], f"since {number} ."),
    ):
        entities.append(Entity(len(words), len(words) + len(name.split()), label))
        words += [*name.split(), *after.split()]
    relations = [Relation(0, 1, "works_for"), Relation(1, 2, "based_in")]
    return Doc(words, entities, relations, id=f"made-up-{number}")


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    """A corpus of 24 sentences, one in the form of SemEval, and a second encoder."""
    place = tmp_path_factory.mktemp("place")
    shutil.copytree(encoder_folder, place / "second")
    (place / "all.jsonl").write_text("".join(f"{to_line(sentence(n))}\n" for n in range(24)), "utf8")
    labels = ("Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)", "Other")
    blocks = (f'{n}\t"<e1>Rain</e1> number {n} makes <e2>floods</e2>."\n{labels[n % 3]}\n' for n in range(12))
    (place / "semeval.txt").write_text("\n".join(blocks), "utf8")
    return place


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_checked_and_built_on_a_made_up_corpus(name, place, encoder_folder, tmp_path):
    text = experiments()[f"ablations/{name}"].read_text(encoding="utf8")
    text = re.sub(r'("model\.encoder\.name": )"[^"]+"', rf'\1"{place / "second"}"', text)
    file = tmp_path / f"{name.split('/')[1]}.cfg"
    file.write_text(text, encoding="utf8")
    corpus = str(place / ("semeval.txt" if "semeval" in name else "all.jsonl"))
    given = {f"paths.{split}": corpus for split in ("train", "dev", "test")}
    given["model.encoder.name"] = str(encoder_folder)
    if "i2b2" in name:  # its own format is tested with its reader
        given |= {f"corpora.{split}.@readers": "jointre.auto.v1" for split in ("train", "dev", "test")}
    if "[pretrain." in text:
        given |= {"pretrain.paths.train": corpus, "pretrain.model.encoder.name": str(encoder_folder)}
    loaded = load_experiment(file, Request(overrides=given))
    found = loaded.experiment
    per_seed = len(set(owners(found).values())) * max(1, found.folds)
    assert len(plan_runs(loaded, tmp_path)) == per_seed * len(found.seeds) + len(found.pretrainings)


def test_experiments_on_a_licensed_corpus_say_so():
    texts = {name: file.read_text(encoding="utf8") for name, file in experiments().items()}
    licensed = [n for n, t in texts.items() if re.search(r'^config = "\w+/(ace0\d|i2b2)"', t, re.MULTILINE)]
    assert len(licensed) == 8
    assert [name for name in licensed if "(licensed)" not in texts[name].partition("[experiment]")[0]] == []
