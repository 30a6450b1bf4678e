"""Writers: documents to files. Importing this package registers the writers of jointre."""

from jointre.writers import (
    bilou_json,
    brat,
    column,
    conll,
    doccano,
    dygie,
    fewrel,
    jsonl,
    label_studio,
    multihead,
    opennre,
    prodigy,
    spert_json,
    tacred,
    triples,
    triples_csv,
)

__all__ = [
    "bilou_json",
    "brat",
    "column",
    "conll",
    "doccano",
    "dygie",
    "fewrel",
    "jsonl",
    "label_studio",
    "multihead",
    "opennre",
    "prodigy",
    "spert_json",
    "tacred",
    "triples",
    "triples_csv",
]
