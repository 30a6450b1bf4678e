"""Readers: files to documents. Importing this package registers the readers of jointre."""

from jointre.readers import (
    auto,
    bilou_json,
    column,
    enpar_json,
    fold,
    i2b2,
    joined,
    jsonl,
    multihead,
    opennre,
    sample,
    semeval,
    spert_json,
    tacred,
    text,
    triples,
)

__all__ = [
    "auto",
    "bilou_json",
    "column",
    "enpar_json",
    "fold",
    "i2b2",
    "joined",
    "jsonl",
    "multihead",
    "opennre",
    "sample",
    "semeval",
    "spert_json",
    "tacred",
    "text",
    "triples",
]
