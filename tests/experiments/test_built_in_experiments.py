"""Every table of the papers is a built-in experiment whose variants change exactly what they claim."""

from importlib import resources
from pathlib import Path

import pytest
from built_in_configs import base_of

from jointre.config.built_in import experiments
from jointre.experiments.experiment_file import read_file
from jointre.experiments.variants import Request, load_variants

FOLDER = Path(str(resources.files("jointre.registry_configs")))
ROWS = {
    "spert/table1_conll04": 1,
    "spert/table1_scierc": 2,
    "spert/table2": 3,
    "spert/table3": 3,
    "spert/figure2": 8,
    "spert/figure2_scierc": 8,
    "spert/figure3": 3,
    "spert/section42": 4,
    "spert/ade_folds": 2,
    "spert/context_words": 2,
    "sinet/table2_scierc": 1,
    "sinet/table2_ace05": 2,
    "sinet/table2_ace04": 2,
    "sinet/table3": 11,
    "sinet/table4": 5,
    "sinet/table4_ace05": 5,
    "sinet/figure3_heads": 6,
    "sinet/figure3_layers": 5,
    "giorgi/table1_conll04": 2,
    "giorgi/table1_ace05": 2,
    "giorgi/table2": 6,
    "giorgi/table2_dev": 8,
    "giorgi/grid": 6,
    "giorgi/ade_folds": 2,
    "giorgi/ace04_folds": 2,
    "giorgi/i2b2_folds": 2,
    "giorgi/crossed": 4,
    "redn/table4_semeval": 1,
    "redn/table4_nyt": 1,
    "redn/table4_webnlg": 1,
    "redn/settings": 11,
    "enpar/finetuning": 10,
    "enpar/pretraining": 3,
    "enpar/table2": 7,
    "enpar/table3": 6,
    "enpar/table5_scierc": 2,
    "enpar/table5_nyt": 2,
    "redn/joint": 3,
    "jointre/seeds_tuned": 24,
    "jointre/ladder": 13,
    "jointre/systems_conll04": 6,
    "jointre/systems_scierc": 6,
    "jointre/systems_ade": 6,
    "jointre/systems_cv": 6,
    "pure/markers": 4,
    "plmarker/parts": 6,
}


def test_these_and_no_others_are_shipped():
    assert sorted(experiments()) == sorted(f"ablations/{name}" for name in ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_every_row_differs_from_its_base_in_what_it_claims(name):
    file = read_file(f"ablations/{name}")
    loaded = load_variants(file, Request())
    assert len(loaded.variants) == ROWS[name]
    assert loaded.base.name.split("/")[0] == name.split("/")[0]
    for given, variant in zip(file.variants, loaded.variants, strict=True):
        assert set(given.claim or given.overrides) == set(variant.changes), given.name
        assert (variant.changes == ()) is (not given.overlays and not given.overrides)
        assert variant.start == given.config


def test_every_overlay_of_a_table_is_used():
    """An overlay that belongs to no table is named as such here."""
    beside = {
        "paper_commit",  # of SpERT
        "published_decay",  # of SINET
        *("bilstm", "gold_labels"),  # of Giorgi et al.
        "published_pretraining",  # of ENPAR
    }
    overlays = {p.relative_to(FOLDER).with_suffix("").as_posix() for p in FOLDER.glob("ablations/*/*.cfg")}
    files = [read_file(f"ablations/{table}") for table in ROWS]
    used = {name for file in files for given in (file, *file.variants) for name in given.overlays}
    left = overlays - used - set(experiments())
    assert {name.split("/")[-1] for name in left} == beside


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("sinet/")])
def test_all_sinet_tables_begin_with_the_model_of_the_paper(name):
    loaded = load_variants(read_file(f"ablations/{name}"), Request())
    assert base_of(f"ablations/{name}").split("/")[0] == "sinet"
    assert loaded.base["model.context.heads"] == 4 and loaded.base["model.context.layers"] == 1
