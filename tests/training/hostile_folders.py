"""Model folders that would trick, crash or hang whoever loads them: each a change of a sound one."""

import json
import os
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from jointre.data.atomic_write import file_sha256

Change = Callable[[Path], None]

PADDING = {
    "strategy": {"Fixed": 2**40},
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 0,
    "pad_type_id": 0,
    "pad_token": "[PAD]",
}
TRUNCATION = {"direction": "Right", "max_length": 0, "strategy": "LongestFirst", "stride": 512}

WEIGHTS, CONFIG = "model.safetensors", "config.cfg"
ENCODER, TOKENIZER = "encoder/config.json", "tokenizer/tokenizer.json"
SETTINGS = "tokenizer/tokenizer_config.json"
READ = (CONFIG, WEIGHTS, "labels.json", "meta.json", ENCODER, TOKENIZER, SETTINGS)
DESCRIPTIONS = ("labels.json", "meta.json", ENCODER, TOKENIZER, SETTINGS)
SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)
HUGE = 10**9


def sealed(folder: Path) -> None:
    """Make the hash in meta.json that of the weights, as an attacker would."""
    edited("meta.json", lambda meta: meta.update(weights_sha256=file_sha256(folder / WEIGHTS)))(folder)


def edited(name: str, change: Callable[[Any], Any]) -> Change:
    """A change of one JSON file; ``change`` alters its value in place."""

    def apply(folder: Path) -> None:
        value = json.loads((folder / name).read_text(encoding="utf8"))
        change(value)
        (folder / name).write_text(json.dumps(value), encoding="utf8")

    return apply


def setting(name: str, **values: Any) -> Change:
    """Keys of a JSON object that have other values."""
    return edited(name, lambda data: data.update(values))


def written(name: str, content: bytes) -> Change:
    """A file with other bytes."""
    return lambda folder: (folder / name).write_bytes(content) and None


def shortened(name: str) -> Change:
    """A file that ends after 200 bytes."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200]) and None


def replaced(name: str, make: Callable[[Path], Any]) -> Change:
    """Something else in the place of a file."""

    def apply(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return apply


def bound_socket(path: Path) -> None:
    """A socket; it is bound under a short name, as the system limits their length."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def linked(folder: Path) -> None:
    """Keep every file in another folder and link to it, as the cache of the hub does."""
    blobs = folder.with_name("blobs")
    shutil.rmtree(blobs, ignore_errors=True)
    blobs.mkdir()
    for number, name in enumerate(READ):
        (folder / name).rename(blobs / str(number))
        (folder / name).symlink_to(blobs / str(number))


def sparse(path: Path) -> None:
    """A file of four gigabytes that takes no room."""
    with path.open("wb") as file:
        file.truncate(4 << 30)


def config_line(old: str, new: str) -> Change:
    """A line of config.cfg that reads otherwise."""

    def apply(folder: Path) -> None:
        text = (folder / CONFIG).read_text(encoding="utf8")
        assert old in text
        (folder / CONFIG).write_text(text.replace(old, new), encoding="utf8")

    return apply


def header(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Weights whose header says something else than what is there."""

    def apply(folder: Path) -> None:
        raw = (folder / WEIGHTS).read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        told = json.loads(raw[8 : 8 + size])
        text = change(told)
        text = text if isinstance(text, bytes) else json.dumps(told).encode()
        (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + size :])
        sealed(folder)

    return apply


def tensors(change: Callable[[dict[str, torch.Tensor]], Any]) -> Change:
    """Other weights."""

    def apply(folder: Path) -> None:
        state = load_file(folder / WEIGHTS)
        change(state)
        save_file({name: value.contiguous() for name, value in state.items()}, folder / WEIGHTS)
        sealed(folder)

    return apply


def together(*changes: Change) -> Change:
    """Several changes."""

    def apply(folder: Path) -> None:
        for change in changes:
            change(folder)

    return apply


def first(told: dict[str, Any]) -> dict[str, Any]:
    """What a header says of its first tensor."""
    return next(entry for name, entry in told.items() if name != "__metadata__")


def twice(told: dict[str, Any]) -> bytes:
    """A header that says its first tensor twice."""
    name = next(name for name in told if name != "__metadata__")
    text = json.dumps(told)
    return f"{text[:-1]}, {json.dumps(name)}: {json.dumps(told[name])}}}".encode()


def fill(value: float, part: str = "") -> Change:
    """Weights of which those whose name has ``part`` are all the same."""
    return tensors(lambda s: [t.fill_(value) for n, t in s.items() if part in n and t.is_floating_point()])


def grown(part: str, rows: int) -> Change:
    """One table that has another number of rows, in the weights and, for its own, in no config."""

    def change(state: dict[str, torch.Tensor]) -> None:
        name = next(name for name in state if part in name)
        state[name] = torch.zeros(rows, *state[name].shape[1:])

    return tensors(change)


def files() -> Iterator[tuple[str, Change]]:
    """Files that are absent, broken, or no files."""
    for name in READ:
        short = name.rpartition("/")[2]
        yield f"{short} missing", lambda f, n=name: (f / n).unlink()
        yield f"{short} empty", written(name, b"")
        yield f"{short} binary", written(name, bytes(range(256)) * 4)
        yield f"{short} cut", shortened(name)
        yield f"{short} a folder", replaced(name, Path.mkdir)
    for name in DESCRIPTIONS:
        yield f"{name} deep", written(name, b"[" * 200_000 + b"]" * 200_000)
        yield f"{name} null", written(name, b"null")
    yield "no tokenizer folder", lambda f: shutil.rmtree(f / "tokenizer")
    yield "tokenizer a file", together(lambda f: shutil.rmtree(f / "tokenizer"), written("tokenizer", b"{}"))


def odd_files() -> Iterator[tuple[str, Change]]:
    """Pipes, devices, sockets and gigantic files in the place of files."""
    for name in READ:
        short = name.rpartition("/")[2]
        yield f"{short} a pipe", replaced(name, os.mkfifo)
        yield f"{short} a device", replaced(name, lambda path: path.symlink_to("/dev/zero"))
    yield "meta.json a socket", replaced("meta.json", bound_socket)
    yield "labels.json a link to itself", replaced("labels.json", lambda path: path.symlink_to(path))
    yield "encoder config huge", replaced(ENCODER, sparse)
    yield "labels.json huge", replaced("labels.json", sparse)
    yield "tokenizer.json huge", replaced(TOKENIZER, sparse)
    yield "config.cfg huge", replaced(CONFIG, sparse)


def encoder_configs() -> Iterator[tuple[str, Change]]:
    """Encoder configs that allocate without end, or have values of a wrong kind."""
    for key in SIZES:
        for value in (-1, HUGE, "16"):
            yield f"{key} = {value!r}", setting(ENCODER, **{key: value})
    for value in (0, 10**30, 1.5, [16], {"a": 1}, True, None):
        yield f"hidden_size = {value!r}", setting(ENCODER, hidden_size=value)
    for key in ("hidden_act", "layer_norm_eps", "pad_token_id"):
        for value in (10**30, "x", []):
            yield f"{key} = {value!r}", setting(ENCODER, **{key: value})
    yield "layer_norm_eps NaN", setting(ENCODER, layer_norm_eps=float("nan"))
    yield "million layers", setting(ENCODER, num_hidden_layers=10**6)
    yield "thousand layers", setting(ENCODER, num_hidden_layers=1000)
    for kind in ("nothing", 3, None, "mra", "mamba", "timm_wrapper", "rag", "t5"):
        yield f"model_type {kind!r}", setting(ENCODER, model_type=kind)
    yield "model_type albert", setting(ENCODER, model_type="albert", embedding_size=16)
    yield "no model_type", edited(ENCODER, lambda data: data.pop("model_type"))
    yield "endless list", setting(ENCODER, hidden_act=["gelu"] * 100_000)


def tricks() -> Iterator[tuple[str, Change]]:
    """Keys by which transformers fetches, imports or runs something: the model is the same without them."""
    hub = "acme/evil"
    yield "kernels for attention", setting(ENCODER, attn_implementation=hub, _attn_implementation=hub)
    yield "kernels for parts", setting(ENCODER, attn_implementation={"": hub}, experts_implementation=hub)
    yield "paged kernels", setting(ENCODER, attn_implementation="paged|acme/evil:f", use_kernels=True)
    yield (
        "flash attention",
        setting(ENCODER, attn_implementation="flash_attention_2", kernel_config={"a": hub}),
    )
    auto = {"AutoConfig": f"{hub}--evil.Config", "AutoModel": f"{hub}--evil.Model"}
    quantized = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    yield (
        "code and weights of a hub",
        setting(
            ENCODER,
            auto_map=auto,
            quantization_config=quantized,
            backbone=hub,
            use_pretrained_backbone=True,
            use_timm_backbone=True,
            name_or_path=hub,
            _name_or_path=hub,
            transformers_weights=f"https://example.org/{hub}",
        ),
    )
    yield (
        "code beside the config",
        together(
            setting(ENCODER, auto_map={"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}),
            setting(ENCODER, configuration_files=["config.4.0.0.json"]),
            written("encoder/evil.py", b"raise SystemExit('evil was run')"),
            written("encoder/pytorch_model.bin", b"cos\nsystem\n(S'false'\ntR."),
        ),
    )
    yield (
        "config without meaning here",
        setting(
            ENCODER,
            dtype="nothing",
            torch_dtype="acme",
            num_labels=10**8,
            id2label=None,
            pruned_heads={"0": [0, 1]},
        ),
    )
    yield "config of methods", setting(ENCODER, to_dict=1, validate=2, attribute_map={"hidden_size": "x"})
    yield "config of tuples", setting(ENCODER, return_dict=False, output_attentions=True)
    yield (
        "tokenizer's code on a hub",
        together(
            setting(SETTINGS, auto_map={"AutoTokenizer": [f"{hub}--evil.Slow", f"{hub}--evil.Fast"]}),
            setting(SETTINGS, tokenizer_class="EvilTokenizer", name_or_path=hub, vocab_file=hub),
            setting(SETTINGS, tokenizer_file="/etc/passwd", fast_tokenizer_files=["tokenizer.9.0.0.json"]),
        ),
    )
    yield (
        "tokenizer of another class",
        together(
            setting(SETTINGS, tokenizer_class="LlamaTokenizer", fix_mistral_regex=True),
            setting(SETTINGS, chat_template="{{ cycler.__init__.__globals__ }}"),
            written(
                "tokenizer/config.json", json.dumps({"model_type": "mistral", "auto_map": auto}).encode()
            ),
            written("tokenizer/tekken.json", b"{}"),
        ),
    )
    yield "tokenizer's methods", setting(SETTINGS, backend_tokenizer=1, encode=2, _tokenizer=3, **{"1": 1})
    yield (
        "tokenizer's odd settings",
        together(
            setting(SETTINGS, model_max_length="x", do_lower_case=[1], padding_side="up"),
            setting(SETTINGS, added_tokens_decoder={"99999": {"content": "evil"}}),
            setting(SETTINGS, extra_special_tokens=["a", "b", "c"] * 100),
            setting(TOKENIZER, padding=PADDING, truncation=TRUNCATION),
        ),
    )
    yield "links", linked
    yield "meta status", setting("meta.json", status=[])


def tokenizers() -> Iterator[tuple[str, Change]]:
    """Tokenizers with garbage in each section, and ids that are in no table."""
    for key in (
        "version",
        "added_tokens",
        "normalizer",
        "pre_tokenizer",
        "post_processor",
        "decoder",
        "model",
    ):
        for value in ({"type": "Evil"}, [1]):
            yield f"tokenizer.json {key} = {value!r}", setting(TOKENIZER, **{key: value})
    yield "tokenizer.json no model", edited(TOKENIZER, lambda data: data.pop("model"))
    model = lambda change: edited(TOKENIZER, lambda data: change(data["model"]))  # noqa: E731
    yield "vocabulary empty", model(lambda m: m.update(vocab={}))
    yield "vocabulary a list", model(lambda m: m.update(vocab=["a", "b"]))
    yield "vocabulary of texts", model(lambda m: m.update(vocab={"a": "b"}))
    yield "vocabulary negative", model(lambda m: m["vocab"].update({"the": -5}))
    yield "vocabulary beyond", model(lambda m: m["vocab"].update({"the": 100_000}))
    yield "vocabulary far beyond", model(lambda m: m["vocab"].update({"the": 2**32 - 1}))
    yield "vocabulary too far", model(lambda m: m["vocab"].update({"the": 2**40}))
    yield "vocabulary large", model(lambda m: m["vocab"].update({f"w{n}": n for n in range(50_000)}))
    yield "unknown piece a number", model(lambda m: m.update(unk_token=3))
    unigram = {"type": "Unigram", "unk_id": 9, "vocab": [["a", -1.0], ["<unk>", 0.0]]}
    yield "unigram without unknown", setting(TOKENIZER, model=unigram)
    yield "unigram empty", setting(TOKENIZER, model={"type": "Unigram", "unk_id": None, "vocab": []})
    merges = {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]}
    yield "merges of nothing", setting(TOKENIZER, model=merges)
    added = {"content": "x", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    for number in (2**40, -1):
        token = {**added, "id": number, "special": True}
        yield f"added token {number}", edited(TOKENIZER, lambda d, t=token: d["added_tokens"].append(t))
    special = lambda ids: edited(  # noqa: E731
        TOKENIZER, lambda data: data["post_processor"]["special_tokens"]["[CLS]"].update(ids=ids)
    )
    for ids in ([99_999], [2**32 - 1], [2] * 10_000, ["x"]):
        yield f"special ids {str(ids)[:20]}", special(ids)
    nfkc = {"type": "Precompiled", "precompiled_charsmap": "AAAAAAAAAAAA"}
    for name, part in {
        "charsmap": nfkc,
        "charsmap empty": {**nfkc, "precompiled_charsmap": ""},
        "charsmap lies": {**nfkc, "precompiled_charsmap": "/////w=="},
        "pattern broken": {"type": "Replace", "pattern": {"Regex": "(("}, "content": "x"},
        "everything removed": {"type": "Replace", "pattern": {"Regex": ".*"}, "content": ""},
        "sequence deep": nested(200),
    }.items():
        yield f"normalizer {name}", setting(TOKENIZER, normalizer=part)
    endless = {"type": "Prepend", "prepend": "x" * 10_000_000}
    yield "normalizer prepends", setting(TOKENIZER, normalizer=endless)
    for value in ("nowhere", 3, [1], {"content": 1}):
        yield f"unk_token = {value!r}", setting(SETTINGS, unk_token=value)
    yield "pad_token = 'nowhere'", setting(SETTINGS, pad_token="nowhere")


def nested(depth: int) -> dict[str, Any]:
    """Normalizers in normalizers."""
    part: dict[str, Any] = {"type": "Lowercase"}
    for _ in range(depth):
        part = {"type": "Sequence", "normalizers": [part]}
    return part


def weights() -> Iterator[tuple[str, Change]]:
    """Headers that lie, tensors of other kinds, and numbers that are none."""
    yield "header absent", together(written(WEIGHTS, b"\0" * 8), sealed)
    yield "header endless", together(written(WEIGHTS, struct.pack("<Q", 2**60) + b"{}"), sealed)
    yield "header negative", together(written(WEIGHTS, b"\xff" * 8 + b"{}"), sealed)
    yield "header deep", header(lambda told: b'{"a":' * 100_000)
    yield "header no object", header(lambda told: b"[]")
    yield "header no JSON", header(lambda told: b"\xff\xfe")
    yield "header empty", together(written(WEIGHTS, struct.pack("<Q", 2) + b"{}"), sealed)
    yield "header twice", header(twice)
    yield "offsets beyond", header(lambda told: first(told).update(data_offsets=[0, 2**50]))
    yield "offsets backwards", header(lambda told: first(told).update(data_offsets=[64, 0]))
    yield "offsets negative", header(lambda told: first(told).update(data_offsets=[-4, 0]))
    yield (
        "offsets overlap",
        header(lambda told: [e.update(data_offsets=[0, 4]) for e in told.values()] and None),
    )
    yield "shape huge", header(lambda told: first(told).update(shape=[2**40]))
    yield "shape overflows", header(lambda told: first(told).update(shape=[2**33, 2**33, 2**33]))
    yield "shape empty and huge", header(lambda told: first(told).update(shape=[0, 2**60]))
    yield "shape negative", header(lambda told: first(told).update(shape=[-1]))
    yield "shape of many", header(lambda told: first(told).update(shape=[1] * 5000))
    for dtype in ("F64", "I64", "BOOL", "F8_E4M3", "Q4", 3):
        yield f"dtype {dtype}", header(lambda told, d=dtype: first(told).update(dtype=d))
    yield "metadata odd", header(lambda told: told.update(__metadata__={"a": 3}))
    yield "pickle", together(written(WEIGHTS, b"\x80\x04cposix\nsystem\n(S'false'\ntR."), sealed)
    yield "one tensor less", tensors(lambda state: state.popitem())
    yield "one tensor more", tensors(lambda state: state.update(evil=torch.zeros(2)))
    yield "doubles", tensors(lambda state: state.update({n: t.double() for n, t in state.items()}))
    yield "halves", tensors(lambda state: state.update({n: t.half() for n, t in state.items()}))
    yield "whole numbers", tensors(lambda state: state.update({n: t.long() for n, t in state.items()}))
    for value in (float("nan"), float("inf"), float("-inf"), 1e38, -1e30):
        yield f"all weights {value}", fill(value)
    yield "NaN in a bias", fill(float("nan"), "relation_head.classifier.bias")
    yield "infinite in widths", fill(float("inf"), "widths")
    none = setting(ENCODER, type_vocab_size=0)
    yield "no token types", together(none, grown("token_type_embeddings", 0))
    yield (
        "no positions",
        together(setting(ENCODER, max_position_embeddings=0), grown("position_embeddings", 0)),
    )
    yield (
        "one position",
        together(setting(ENCODER, max_position_embeddings=1), grown("position_embeddings", 1)),
    )
    yield "three words", together(setting(ENCODER, vocab_size=3), grown("word_embeddings", 3))


def configs() -> Iterator[tuple[str, Change]]:
    """config.cfg, labels.json and meta.json that are odd."""
    pooler = '@poolers = "jointre.max.v1"'
    yield "unknown component", config_line(pooler, '@poolers = "jointre.max.v9"')
    yield "component of nobody", config_line(pooler, '@poolers = "evil.v1"')
    yield "component a path", config_line(pooler, '@poolers = "os.system"')
    yield "unknown registry", config_line(pooler, '@evil = "jointre.max.v1"')
    yield "unknown argument", config_line("max_width = 10", "max_width = 10\nevil = 1")
    yield "max_width huge", config_line("max_width = 10", f"max_width = {10**30}")
    yield "max_width negative", config_line("max_width = 10", "max_width = -1")
    yield "width rows huge", config_line("width_rows = 100", f"width_rows = {10**11}")
    yield "width dim huge", config_line("width_dim = 25", f"width_dim = {HUGE}")
    yield "width dim text", config_line("width_dim = 25", 'width_dim = "25"')
    yield "threshold odd", config_line("threshold = 0.4", "threshold = 1e999")
    yield "layer odd", config_line("layer = -1", "layer = -99")
    yield "variables in a ring", config_line("width_dim = 25", "width_dim = ${model.a}\na = ${model.a}")
    yield "encoder of another kind", config_line('@encoders = "jointre.hf.v1"', '@encoders = "evil.hf.v1"')
    yield "encoder on a hub", config_line("reinit = ", 'evil = "acme/evil"\nreinit = ')
    yield "sections deep", written(CONFIG, b"[" + b"a." * 20_000 + b"b]\nc = 1\n")
    yield "value deep", config_line("width_dim = 25", "width_dim = " + "[" * 50_000)
    for value in ("x", {"a": 1}, [1], ["A", "A"]):
        yield f"entities {str(value)[:12]!r}", setting("labels.json", entities=value)
        yield f"relations {str(value)[:12]!r}", setting("labels.json", relations=value)
    yield "entities many", setting("labels.json", entities=[f"T{n}" for n in range(10**6)])
    relation = {"label": "x", "symmetric": "maybe"}
    yield "relation odd", setting("labels.json", relations=[relation])
    for key in ("jointre", "libraries", "packages", "weights_sha256", "scores"):
        for value in (3, None):
            yield f"meta {key} = {value!r}", setting("meta.json", **{key: value})
    yield (
        "newer jointre",
        together(setting("meta.json", jointre="9.9.9"), config_line(pooler, '@poolers = "jointre.max.v9"')),
    )
    yield "package to install", setting("meta.json", packages={"evil; rm -rf ~": "1"})
    yield "package from a page", setting("meta.json", packages={"evil @ https://example.org/x.zip": "1"})
    yield "package with an option", setting("meta.json", packages={"--index-url=evil": "1.0"})
    yield "version to install", setting("meta.json", packages={"evil-package": "1 --index-url evil"})


REFUSED: dict[str, Change] = {
    name: change
    for group in (files, odd_files, encoder_configs, tokenizers, weights, configs)
    for name, change in group()
}
"""Folders that cannot be used."""

IGNORED: dict[str, Change] = dict(tricks())
"""Folders whose model is that of the sound one, as jointre reads nothing of what was changed."""
