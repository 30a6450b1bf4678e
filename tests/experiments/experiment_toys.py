"""Folders of experiments that ran, written as the runner leaves them."""

import json

PROTOCOLS = {
    "entities": "entities: span and type",
    "strict": "strict (Rel+): relation type, both spans and both entity types",
}


def write_facts(folder, rows, **facts):
    """experiment.json; a row is a name, or a dictionary."""
    rows = [{"name": row} if isinstance(row, str) else row for row in rows]
    rows = [
        {"title": row["name"].title(), "group": "", "changes": [], "runs": row["name"], **row} for row in rows
    ]
    defaults = {
        "name": folder.name,
        "title": "Pooling",
        "seeds": [0, 1, 2],
        "score": ["dev"],
        "metrics": ["strict_micro_f"],
        "by": [],
        "reference": rows[0]["name"],
        "folds": 0,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "experiment.json").write_text(json.dumps({**defaults, **facts, "rows": rows}), encoding="utf8")
    return folder


def write_run(folder, variant, seed, figures, fold=None, counts=None, corpora=("dev",), log=()):
    """A complete run: ``figures`` of every corpus; ``counts``: metric -> type -> (gold, predicted, correct)."""
    place = folder / "runs" / variant / f"seed-{seed}"
    place = place if fold is None else place / f"fold-{fold}"
    place.mkdir(parents=True, exist_ok=True)
    scores = {}
    for name, protocol in PROTOCOLS.items():
        types = {
            label: dict(zip(("gold", "predicted", "correct"), count, strict=True))
            for label, count in (counts or {}).get(name, {}).items()
        }
        scores[name] = {"protocol": protocol, "prefix": name, **({"types": types} if counts else {})}
    part = {"documents": 20, "figures": figures, "scores": scores}
    parts = {corpus: {**part, "predictions": f"predictions.{corpus}.jsonl"} for corpus in corpora}
    facts = {"variant": variant, "seed": seed, "fold": fold, "seconds": 1.5, "updates": 10, "corpora": parts}
    (place / "result.json").write_text(json.dumps(facts), encoding="utf8")
    lines = [json.dumps(line) + "\n" for line in log]
    (place / "log.jsonl").write_text("".join(lines), encoding="utf8")
    return place


def write_simple(folder, values, **facts):
    """Rows with one figure, strict_micro_f: ``values`` is row -> values of the seeds 0, 1, ..."""
    write_facts(folder, facts.pop("rows", list(values)), **facts)
    for name, row in values.items():
        for seed, value in enumerate(row):
            write_run(folder, name, seed, {"strict_micro_f": value})
    return folder
