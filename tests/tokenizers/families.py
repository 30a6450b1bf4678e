"""Tiny tokenizers of every family that transformers loads as fast ones, made without network access."""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SQUARE = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
ANGLE = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}
ROBERTA = {**ANGLE, "cls": "<s>", "sep": "</s>"}
ALBERT = {"pad": "<pad>", "unk": "<unk>", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
BIG_BIRD = {**ALBERT, "bos": "<s>", "eos": "</s>"}
T5 = {"pad": "<pad>", "eos": "</s>", "unk": "<unk>"}
OPENAI = {"unk": "<unk>", "pad": "<pad>"}
GPT = {"unk": "<|endoftext|>", "bos": "<|endoftext|>", "eos": "<|endoftext|>", "pad": "<|padding|>"}
XLNET = {**ANGLE, "cls": "<cls>", "sep": "<sep>"}

LINES = [
    "Anna works for Acme and works for the co-op in Oslo , which works .",
    "works , don't overworks networks A.B. 3.5 #1 </s> <pad> <s> <mask> <unk> [SEP] [PAD] [CLS] [MASK] [UNK]",
]
TEXTS = [*LINES * 3, "a < | e n d o f t e x t | > p a d d i n g ( )"]
LETTERS = sorted({letter for line in TEXTS for letter in line if letter != " "})
REGEX = Regex(r"'t|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+")
BLANK = "\u2581"


def numbered(pieces):
    """Return pieces with their numbers, each once."""
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def wordpiece(special, split=None):
    words = ["works", "for", "over", "##works", "net"]
    vocab = numbered([*special, *words, *LETTERS, *(f"##{letter}" for letter in LETTERS)])
    made = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=False)
    made.pre_tokenizer = split or pre_tokenizers.BertPreTokenizer()
    return made


def wordpiece_at_blanks(special):
    return wordpiece(special, pre_tokenizers.WhitespaceSplit())


def word_level(special):
    words = (word for line in LINES for word in line.split())
    made = Tokenizer(models.WordLevel(numbered([*special, *words]), unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made


def whole_words(special):
    """A BPE that looks for the whole word in its vocabulary before it merges letters."""
    vocab = numbered([*special, *LETTERS])
    made = Tokenizer(models.BPE(vocab, [], unk_token="<unk>", ignore_merges=True))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made


def trained(made, special, letters, **options):
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, initial_alphabet=letters, show_progress=False, **options
    )
    made.train_from_iterator(TEXTS, trainer)
    return made


def byte_level(special, *, split=False, ignore_merges=False, norm=None):
    """As GPT-2 and RoBERTa have it, which put no blank before the first word."""
    made = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    made.normalizer = norm
    step = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not split)
    if split:
        step = pre_tokenizers.Sequence([pre_tokenizers.Split(REGEX, "isolated"), step])
    made.pre_tokenizer = step
    return trained(made, special, pre_tokenizers.ByteLevel.alphabet())


def modern(special):
    return byte_level(special, norm=normalizers.NFC())


def qwen(special):
    return byte_level(special, split=True, norm=normalizers.NFC())


def llama3(special):
    return byte_level(special, split=True, ignore_merges=True)


def byte_fallback(special):
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return trained(made, [*special, *(f"<0x{byte:02X}>" for byte in range(256))], LETTERS)


def llama(special):
    made = byte_fallback(special)
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    return made


def old_llama(special):
    made = byte_fallback(special)
    steps = [normalizers.Prepend(BLANK), normalizers.Replace(" ", BLANK)]
    made.normalizer, made.pre_tokenizer = normalizers.Sequence(steps), None
    return made


def gemma(special):
    made = byte_fallback(special)
    made.normalizer = normalizers.Replace(" ", BLANK)
    made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    return made


def word_ends(special):
    made = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return trained(made, special, LETTERS, end_of_word_suffix="</w>")


def unigram(special, *, scheme="always", norm=None):
    """SentencePiece's model; its special pieces have the best score, as in published files."""
    words = [(BLANK, -4.0), (f"{BLANK}works", -3.0), ("works", -4.5), (f"{BLANK}for", -3.5), ("over", -6.0)]
    vocab = [*((piece, 0.0) for piece in special), *words, *((letter, -8.0) for letter in LETTERS)]
    unknown = special.index("[UNK]" if "[UNK]" in special else "<unk>")
    made = Tokenizer(models.Unigram(vocab, unknown, False))
    made.normalizer = norm
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    return made


def inner_unigram(special):
    return unigram(special, scheme="never")


def normal_unigram(special):
    return unigram(special, norm=normalizers.NFKC())


FAST = "PreTrainedTokenizerFast"
FAMILIES = {
    "bert": ("BertTokenizer", SQUARE, wordpiece),
    "distilbert": ("DistilBertTokenizer", SQUARE, wordpiece),
    "electra": ("ElectraTokenizer", SQUARE, wordpiece),
    "wordpiece at blanks": (FAST, SQUARE, wordpiece_at_blanks),
    "word level": (FAST, SQUARE, word_level),
    "roberta": ("RobertaTokenizer", ROBERTA, byte_level),
    "longformer": ("LongformerTokenizer", ROBERTA, byte_level),
    "gpt2": ("GPT2Tokenizer", GPT, byte_level),
    "deberta": ("DebertaTokenizer", SQUARE, byte_level),
    "modernbert": (FAST, SQUARE, modern),
    "qwen2": ("Qwen2Tokenizer", GPT, qwen),
    "llama3": (FAST, GPT, llama3),
    "whole words": (FAST, ANGLE, whole_words),
    "llama": ("LlamaTokenizer", ANGLE, llama),
    "old llama": (FAST, ANGLE, old_llama),
    "gemma": (FAST, ANGLE, gemma),
    "openai-gpt": (FAST, OPENAI, word_ends),
    "xlm-roberta": ("XLMRobertaTokenizer", ROBERTA, unigram),
    "camembert": ("CamembertTokenizer", ROBERTA, unigram),
    "albert": ("AlbertTokenizer", ALBERT, unigram),
    "rembert": ("RemBertTokenizer", ALBERT, unigram),
    "big_bird": ("BigBirdTokenizer", BIG_BIRD, unigram),
    "deberta-v2": ("DebertaV2Tokenizer", SQUARE, unigram),
    "t5": ("T5Tokenizer", T5, unigram),
    "xlnet": ("XLNetTokenizer", XLNET, unigram),
    "inner unigram": (FAST, ROBERTA, inner_unigram),
    "normal unigram": (FAST, ROBERTA, normal_unigram),
}
"""By name: class in ``tokenizer_config.json``, special tokens, and the function that makes the tokenizer."""


def family_folder(root, name):
    """Write the files of a tokenizer to a folder below ``root``; return it."""
    kind, names, make = FAMILIES[name]
    special = list(dict.fromkeys(names.values()))
    made = make(special)
    made.add_special_tokens([AddedToken(piece, normalized=False, special=True) for piece in special])
    first = names.get("cls") or names.get("bos") or special[0]
    last = names.get("sep") or names.get("eos") or special[0]
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(piece, made.token_to_id(piece)) for piece in sorted({first, last})],
    )
    folder = Path(root) / name.replace(" ", "_")
    folder.mkdir(parents=True)
    made.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": kind, **{f"{key}_token": piece for key, piece in names.items()}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf8")
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf8")
    return folder
