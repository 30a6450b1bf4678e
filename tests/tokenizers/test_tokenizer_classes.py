"""jointre.hf.v1 with every fast tokenizer class of the installed transformers that can be made without files."""

import pytest
import transformers
from families import TEXTS
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from jointre.data.doc import Doc
from jointre.encoders.base import Source
from jointre.tokenizers.hf import HFTokenizer

CLASSES = sorted({name for name in TOKENIZER_MAPPING_NAMES.values() if isinstance(name, str)})
ODD = ["</s>", "<pad>", "<mask>", "[SEP]", "a</s>b", "a[PAD]"]


def trained(name):
    """Return a tokenizer of a class, trained on a few lines; None if it is not fast, or needs files or packages."""
    try:
        return getattr(transformers, name)().train_new_from_iterator(TEXTS, 500, show_progress=False)
    except Exception:
        return None


def faults(tokenizer):
    """Yield what is wrong about words with special tokens, and about the first word."""
    texts = [text for text in tokenizer.hf.all_special_tokens if len(text) > 1]
    special = set(tokenizer.hf.convert_tokens_to_ids(texts)) - {tokenizer.hf.unk_token_id}
    for text in [*ODD, *texts[:20]]:
        (encoding,) = tokenizer.encode([Doc(["works", text, f"a{text}", f"{text}a", "works"])])
        start, end = encoding.words[1, 0], encoding.words[3, 1]
        if special & set(encoding.ids[start:end]):
            yield text
        (first, last), ids = encoding.words[[0, -1]].tolist(), encoding.ids
        if ids[slice(*first)] != ids[slice(*last)]:
            yield "the first word"


@pytest.mark.slow
def test_every_class_reads_words_as_ordinary_text_after_a_blank(tmp_path):
    found = {}
    for name in CLASSES:
        if (made := trained(name)) is None:
            continue
        made.save_pretrained(tmp_path / name)
        (tmp_path / name / "config.json").write_text('{"model_type": "bert"}', encoding="utf8")
        tokenizer = HFTokenizer(str(tmp_path / name))
        tokenizer.build(Source())
        found[name] = list(faults(tokenizer))
    assert not any(found.values()), found
    if int(transformers.__version__.split(".")[0]) >= 5:  # earlier classes cannot be made without files
        assert len(found) > 40
