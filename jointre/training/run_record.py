"""The contents of ``run.json``: what a run was made of, and what it ran on."""

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from jointre.config import Config
from jointre.config.inputs import inputs
from jointre.config.tree import lookup
from jointre.corpora import Corpora
from jointre.data.doc import Doc
from jointre.encoders.contents import contents_sha256
from jointre.limits import PRETRAINED
from jointre.serialize import LIBRARIES, made_with

SECTIONS = ("corpora", "splitter", "segmenter", "tokenizer", "model", "training", "evaluation")


def made_of(config: Config, corpora: Corpora, processes: int = 1) -> dict[str, Any]:
    """Return everything that determines the result: config, data, seed, processes and software; JSON-ready."""
    return {
        "config": config.name,
        "changed": changed(config),
        "seed": config["system.seed"],
        "precision": config["system.precision"],
        "processes": processes,
        "data": hashes(corpora),
        "pretrained": pretrained(config),
        **made_with(config, SECTIONS, (*LIBRARIES, "accelerate", "safetensors", "numpy")),
    }


def packages(config: Config) -> dict[str, str]:
    """Return the version of each package whose functions a run uses."""
    return config.packages(SECTIONS)


def compared(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return of what `made_of` returned what has to be the same in all processes that train together."""
    return {key: made[key] for key in ("seed", "data", "pretrained", "jointre", "libraries", "packages")}


def pretrained(config: Config) -> dict[str, str]:
    """Return the SHA-256 of each pretrained folder by the key that names it; hub models are left out."""
    named = {".".join(item.key): item.value for item in inputs(config) if PRETRAINED in item.limits}
    found = {name: contents_sha256(name) for name in set(named.values())}
    return {key: value for key, name in sorted(named.items()) if (value := found[name]) is not None}


def changed(config: Config) -> list[dict[str, Any]]:
    """Return the values that overlays and overrides set, each with its place."""
    return [
        {"key": ".".join(key), "value": lookup(config.tree, key), "from": str(origin.place)}
        for key, origin in config.origins.items()
        if origin.kind in ("overlay", "override") and _is_value(config, key)
    ]


def _is_value(config: Config, key: tuple[str, ...]) -> bool:
    try:
        return not isinstance(lookup(config.tree, key), dict)
    except KeyError:
        return False


def hashes(corpora: Corpora) -> dict[str, dict[str, Any]]:
    """Return number and SHA-256 of the documents of each corpus, and of the types; they do not depend on the reader."""
    types = json.dumps(corpora.labels.to_json(), ensure_ascii=False)
    found = {name: part for name, part in (("train", corpora.train), ("dev", corpora.dev)) if part}
    data = {name: {"documents": len(docs), "sha256": sha256(docs)} for name, docs in found.items()}
    return {**data, "types": {"sha256": hashlib.sha256(types.encode()).hexdigest()}}


def sha256(docs: Iterable[Doc]) -> str:
    """Return the SHA-256 of documents in their order: words, annotation, text and meta data, but not their names."""
    digest = hashlib.sha256()
    for doc in docs:
        entities = [[e.start, e.end, e.label] for e in doc.entities]
        relations = [[r.head, r.tail, r.label] for r in doc.relations]
        offsets = None if doc.offsets is None else [list(pair) for pair in doc.offsets]
        row = [doc.words, entities, relations, doc.text, offsets, doc.meta]
        digest.update(json.dumps(row, sort_keys=True, default=repr).encode() + b"\n")
    return digest.hexdigest()


def machine(device: torch.device) -> dict[str, Any]:
    """Return what the run runs on: device, memory, threads, Python and system."""
    facts: dict[str, Any] = {"device": str(device), "name": _processor(), "cores": os.cpu_count()}
    if device.type == "cuda":
        gpu = torch.cuda.get_device_properties(device)
        facts |= {"name": gpu.name, "memory_gb": round(gpu.total_memory / 1e9, 1), "cuda": torch.version.cuda}
    facts["threads"] = torch.get_num_threads()
    return {**facts, "python": platform.python_version(), "system": platform.system()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
