"""From a config to the facts: every corpus it names, every fault at once, and what needs no tokenizer."""

from io import StringIO

import pytest
from rich.console import Console

from jointre.config import load_config
from jointre.data.write import to_line
from jointre.errors import ConfigError, DataError
from jointre.inspection.corpora import report_on
from jointre.inspection.report import in_short
from jointre.rendering.data_report import data_text, show_data
from jointre.testing import toy_docs, toy_labels


@pytest.fixture
def config(tmp_path, encoder_folder):
    """A config over files with the given lines; keywords are the corpora, ``options`` further overrides."""

    def make(options=None, **corpora):
        given = {"model.encoder.name": str(encoder_folder)}
        sections = []
        for name, lines in corpora.items():
            path = tmp_path / f"{name}.jsonl"
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
            sections += [
                f"[corpora.{name}]",
                '@readers = "jointre.jsonl.v1"',
                f'path = "{path}"',
                "types = null",
            ]
        overlay = tmp_path / "corpora.cfg"
        overlay.write_text("\n".join(sections), encoding="utf8")
        return load_config("spert/conll04", [str(overlay)], {**given, **(options or {})})

    return make


def lines(*docs):
    return [to_line(doc) for doc in docs]


TOY = lines(*toy_docs(12))


def test_every_corpus_of_the_config_is_reported(config):
    report = report_on(config(test=TOY[:2], train=TOY, dev=TOY[:3]))
    assert list(report.splits) == ["train", "test", "dev"] or list(report.splits) == ["train", "dev", "test"]
    assert [split.counts.documents for split in report.splits.values()].count(12) == 1
    assert report.splits["train"].sizes.pieces is not None and not report.unknowns


def test_places_name_file_and_record_and_the_id_of_the_document(config, tmp_path):
    report = report_on(config(train=TOY))
    (found,) = [f for f in report.findings if f.kind == "unreachable" and "entities" in f.what]
    (place,) = found.places
    assert place.where == f"{tmp_path / 'train.jsonl'}:10" and str(place) == "train.jsonl:10 (toy-9)"


def test_faults_of_all_corpora_are_refused_together(config):
    with pytest.raises(DataError) as error:
        report_on(config(train=[*TOY, "{"], dev=["[1]", "{}"]))
    files = {fault.where.rsplit("/", 1)[-1].split(":")[0].split("[")[0] for fault in error.value.faults}
    assert files == {"train.jsonl", "dev.jsonl"}


def test_types_that_training_does_not_know_are_refused(config):
    with pytest.raises(DataError, match="'Place' is not among the labels"):
        report_on(config(train=lines(toy_docs(2)[1]), dev=TOY[:1]))


def test_a_training_corpus_is_needed(encoder_folder):
    loaded = load_config("spert/conll04", overrides={"model.encoder.name": str(encoder_folder)})
    with pytest.raises(ConfigError, match="this needs the corpus 'train'"):
        report_on(loaded)


def test_without_a_tokenizer_the_rest_is_reported(config, tmp_path):
    report = report_on(config({"tokenizer.name": str(tmp_path / "nowhere")}, train=TOY))
    assert report.splits["train"].sizes.pieces is None and report.splits["train"].sizes.words is not None
    assert len(report.unknowns) == 1 and "nowhere" in report.unknowns[0]


def test_without_the_shape_of_the_encoder_lengths_are_reported(config, tmp_path, encoder_folder):
    options = {"model.encoder.name": str(tmp_path / "nowhere"), "tokenizer.name": str(encoder_folder)}
    report = report_on(config(options, train=TOY))
    assert report.splits["train"].sizes.pieces is not None
    assert len(report.unknowns) == 1 and "which documents are too long" in report.unknowns[0]


def test_symmetric_relations_in_both_directions_are_told(config, tmp_path):
    types = tmp_path / "types.json"
    types.write_text(
        '{"entities": ["Person"], "relations": [{"label": "knows", "symmetric": true}]}', encoding="utf8"
    )
    spans = [{"start": i, "end": i + 1, "label": "Person"} for i in (0, 2)]
    both = [{"head": h, "tail": 1 - h, "label": "knows"} for h in (0, 1)]
    line = f'{{"tokens": ["Clara", "knows", "David"], "entities": {spans}, "relations": {both}}}'.replace(
        "'", '"'
    )
    report = report_on(config({"corpora.train.types": str(types)}, train=[line]))
    (found,) = [finding for finding in report.findings if finding.kind == "reversed"]
    assert found.count == 1 and not found.warning and report.splits["train"].counts.relations == 1


def test_the_short_form_has_numbers_and_a_line_for_each_warning(spert):
    shown = in_short(toy_docs(12), toy_docs(2), toy_labels(), spert())
    assert shown[:2] == [
        "train: 12 documents, 26 entities, 15 relations",
        "dev: 2 documents, 5 entities, 4 relations",
    ]
    assert (
        "warning: train: 1 of 26 entities (3.85 %) can never be predicted: wider than max_width = 10 words"
        " (first in toy-9)" in shown
    )
    assert "warning: dev: 2 of 2 documents (100.00 %) in train as well (first in toy-0)" in shown
    assert shown[-1] == "jointre debug data CONFIG shows more"


def test_the_short_form_is_short_where_nothing_is_odd(spert):
    docs = toy_docs(144)
    calm = [doc for number, doc in enumerate(docs) if number % 12 in (0, 1, 2, 3, 10) and number >= 12]
    (only,) = in_short(calm, [], toy_labels(), spert())
    assert only.startswith("train: 55 documents")


def test_training_says_it_before_the_first_update(config, tmp_path):
    from jointre.training.run import train

    said = StringIO()
    options = {"training.epochs": 1, "system.device": "cpu"}
    train(config(options, train=TOY), tmp_path / "run", console=Console(file=said, width=300))
    text = said.getvalue()
    assert text.index("wider than max_width = 10 words (first in train.jsonl:10 (toy-9))") < text.index(
        "epoch 1/1"
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_fit_the_terminal(config, width):
    report = report_on(config(train=TOY, dev=TOY[:5]))
    shown = data_text(report, width)
    assert max(map(len, shown.splitlines())) <= width
    for part in (
        "Corpora",
        "Types",
        "Sizes",
        "SEO",
        "Multiple",
        "can never predict",
        "Warnings",
        "knows",
        "words per entity",
    ):
        assert part in shown


def test_a_few_places_or_all_of_them(config):
    report = report_on(config(train=TOY, dev=TOY[:5]))
    assert "toy-4" not in data_text(report).split("Warnings")[1].split("in train as well")[1].split("\n- ")[0]
    assert "and 2 more (--verbose shows all)" in data_text(report)
    assert "toy-4" in data_text(report, all_places=True).split("in train as well")[1].split("\n- ")[0]


def test_a_terminal_gets_the_same_words_in_colour(config):
    report = report_on(config(train=TOY))
    out = StringIO()
    show_data(report, Console(file=out, width=80, force_terminal=True, color_system="256"))
    plain = Console(file=StringIO(), width=80)
    show_data(report, plain)
    words = "".join(part.split("m", 1)[-1] for part in out.getvalue().split("\x1b["))
    assert "\x1b[" in out.getvalue() and words.split() == plain.file.getvalue().split()
