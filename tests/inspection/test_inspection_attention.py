"""Attention over words: sums from pieces to words, the model's own weights, patterns, the page and the command."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from jointre.cli.app import run
from jointre.config import load_config, resolve
from jointre.data.batch import collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.write import to_line
from jointre.inspection.attention import Units, attention_of, patterns
from jointre.pipeline import Pipeline, load
from jointre.rendering.attention import attention_page, png
from jointre.serialize import save_model
from jointre.testing import toy_docs, toy_labels
from jointre.testing.overfit import built_model

TEXT = "Anna Berg leads Talvera <b>Lithium</b> ."


@pytest.fixture(scope="module")
def folder(encoder_folder, tmp_path_factory):
    """A model of SINET with random weights, and a corpus."""
    place = tmp_path_factory.mktemp("attention")
    values = {"model.encoder.name": str(encoder_folder), "model.context.heads": 2, "model.context.layers": 2}
    config = load_config("sinet/conll04", overrides=values)
    model, tokenizer = built_model(resolve(config, "model"), toy_labels())
    save_model(place / "model", model, tokenizer, config)
    (place / "toy.jsonl").write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(12)), encoding="utf8")
    return place


@pytest.fixture(scope="module")
def pipeline(folder) -> Pipeline:
    return load(folder / "model", "cpu")


def test_pieces_are_added_up_to_words_and_averaged_over_the_word_that_attends():
    encoding = Encoding(Doc(["a", "b"]), [0] * 6, np.array([[2, 4], [4, 5]]), around=(1, 0))
    units = Units.of(encoding)
    assert units.names == ("⟨start⟩", "…", "a", "b", "⟨end⟩")
    assert (units.first, units.words) == (2, 2)
    weights = np.eye(6, dtype=np.float32)
    weights[2] = [0, 0.1, 0.2, 0.3, 0.4, 0]
    weights[3] = [0.5, 0, 0.1, 0.1, 0, 0.3]
    expected = np.eye(5)
    expected[2] = [0.25, 0.05, 0.35, 0.2, 0.15]
    np.testing.assert_allclose(units.between(weights), expected, atol=1e-6)
    np.testing.assert_allclose(units.between(weights).sum(-1), 1, atol=1e-6)


def test_weights_are_those_that_the_modules_use(pipeline):
    doc = Doc(TEXT.split())
    found = attention_of(pipeline, doc)
    assert found.encoder is not None and found.encoder.shape == (2, 2, 8, 8)
    np.testing.assert_allclose(found.encoder.sum(-1), 1, atol=1e-5)
    model = pipeline.model
    batch = collate(pipeline.tokenizer.encode([doc]), pipeline.tokenizer.pad_id)
    with torch.inference_mode():
        views = model.views(model.encoder(batch), batch)
        first = model.context.layer[0]["shared"].attention
        own, other = (views[name].states for name in ("entity", "relation"))
        mask = torch.arange(own.shape[1]).unsqueeze(0) > 0
        weights = first.weights(own[:, 0], other, mask)[0].numpy()
    entity, relation = found.tasks
    assert (entity.view, entity.other, relation.view, relation.other) == ("entity", "relation") * 1 + (
        "relation",
        "entity",
    )
    assert entity.weights.shape == (2, 2, 8) and entity.names == ("⟨own⟩", *doc.words, "⟨end⟩")
    np.testing.assert_allclose(entity.weights[0, :, 0], weights[:, 0], atol=1e-6)
    np.testing.assert_allclose(entity.weights[0, :, 1:].sum(-1), weights[:, 1:].sum(-1), atol=1e-6)
    np.testing.assert_allclose(entity.weights[0, :, -1], weights[:, -1], atol=1e-6)
    np.testing.assert_allclose(relation.weights.sum(-1), 1, atol=1e-5)


def test_looking_changes_neither_kernels_nor_predictions(pipeline):
    doc = Doc(TEXT.split())
    before = pipeline.model.encoder.network.config._attn_implementation
    (expected,) = pipeline.predict([doc])
    found = attention_of(pipeline, doc).doc
    assert found.annotation() == expected.annotation()
    assert pipeline.model.encoder.network.config._attn_implementation == before == "sdpa"
    assert not pipeline.model.context._forward_hooks


def test_patterns_of_figure_2():
    weights = np.full((2, 3, 4, 4), 0.1, dtype=np.float32)
    weights[0, 1, [0, 1, 2], [1, 2, 3]] = 0.9
    weights[1, 0, [1, 2, 3], [0, 1, 2]] = 0.8
    weights[1, 2] = np.eye(4)
    weights[0, 0, :, 3] = 0.7
    assert [(p.name, p.layer, p.head, round(p.weight, 3)) for p in patterns(weights)] == [
        ("the next word", 1, 2, 0.9),
        ("the previous word", 2, 1, 0.8),
        ("the word itself", 2, 3, 1.0),
        ("the last word", 1, 1, 0.7),
    ]
    assert [p.name for p in patterns(weights[..., :1, :1])] == ["the word itself", "the last word"]


class Tags(HTMLParser):
    """The open tags, the ids and the links of a page; every tag is closed."""

    VOID = ("meta", "img")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        facts = dict(attrs)
        self.ids += [facts["id"]] if "id" in facts else []
        self.links += [facts["href"]] if "href" in facts else []
        self.images += [facts["src"]] if tag == "img" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_self_contained_and_every_link_has_its_map(pipeline):
    doc = toy_docs(12)[0]
    page = attention_page(attention_of(pipeline, doc, gold=True), "Title & more", pipeline.labels)
    tags = Tags(page)
    assert (
        "Title &amp; more" in page and "<script" not in page and "http" not in page.replace("http-equiv", "")
    )
    assert len(set(tags.ids)) == len(tags.ids)
    assert {link.removeprefix("#") for link in tags.links} <= set(tags.ids)
    assert {f"l{layer}h{head}" for layer in (1, 2) for head in (1, 2)} <= set(tags.ids)
    assert len(tags.images) == 8 and all(image.startswith("data:image/png;base64,") for image in tags.images)
    assert b64decode(tags.images[0].partition(",")[2]).startswith(b"\x89PNG")
    shaded = re.findall(r'<span class="w([^"]*)" style="--a:([0-9.]+)" title="([^"]*): ([0-9.]+)">', page)
    first = shaded[: len(doc.words) + 2]
    assert max(float(alpha) for _, alpha, _, _ in first) == 0.75
    related = {row for relation in doc.relations for row in (relation.head, relation.tail)}
    inside = {
        doc.words[w]: row in related for row, e in enumerate(doc.entities) for w in range(e.start, e.end)
    }
    for look, _, name, _ in first:
        assert ("ent" in look, "related" in look) == (name in inside, inside.get(name, False)), name


def test_only_chosen_layers_and_heads_are_drawn(pipeline):
    found = attention_of(pipeline, Doc(TEXT.split()))
    tags = Tags(attention_page(found, "x", pipeline.labels, [2], [1]))
    assert [name for name in tags.ids if name.startswith("l")] == ["l2h1"]


def test_png_holds_the_pixels():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    matplotlib = pytest.importorskip("matplotlib.image", reason="the extra plots is not installed")
    from io import BytesIO

    read = matplotlib.imread(BytesIO(png(pixels)), format="png")
    np.testing.assert_array_equal(np.rint(read * 255).astype(np.uint8), pixels)


@pytest.fixture
def attention(folder, capsys):
    """Exit code and stderr of the command."""

    def call(*options: object):
        code = run(["attention", str(folder / "model"), *map(str, options), "--device", "cpu"])
        return code, capsys.readouterr().err

    return call


def test_command_writes_a_page_of_a_text_and_of_a_sentence_of_a_corpus(attention, folder, tmp_path):
    page = tmp_path / "page.html"
    assert attention(TEXT, "-o", page) == (0, f"wrote {page}\n")
    text = page.read_text("utf8")
    assert "&lt;b&gt;Lithium" in text and "<b>Lithium" not in text
    code, err = attention(folder / "toy.jsonl", "--number", 3, "--gold", "-o", page)
    assert code == 0 and "showing sentence 3 of 12; choose another with --number" in err
    assert toy_docs(12)[2].words[0] in page.read_text("utf8")


def test_command_draws_figures(attention, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    assert attention(TEXT, "--layers", "1", "-o", tmp_path / "a.png")[0] == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--number", "2"], "TEXT has 1 sentences"),
        (["--layers", "3"], "--layers: there is no '3'"),
        (["--heads", "x"], "--heads: there is no 'x'"),
        (["-o", "a.gif"], "use one of: .html, .svg, .pdf, .png"),
    ],
)
def test_what_cannot_be_shown_is_refused(attention, tmp_path, monkeypatch, options, what):
    monkeypatch.chdir(tmp_path)
    code, err = attention(TEXT, *options)
    assert code == 2 and what in err, err
    assert not list(tmp_path.iterdir())
