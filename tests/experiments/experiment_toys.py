"""Write experiment folders as the runner leaves them."""

import json

PROTOCOLS = {
    "entities": "entities: span and type",
    "strict": "strict (Rel+): relation type, both spans and both entity types",
}


def write_facts(folder, rows, **facts):
    """Write experiment.json; a variant is a name, or a dictionary."""
    variants = [{"name": variant} if isinstance(variant, str) else variant for variant in rows]
    variants = [
        {"title": v["name"].title(), "group": "", "changes": [], "runs": v["name"], **v} for v in variants
    ]
    defaults = {
        "name": folder.name,
        "title": "Pooling",
        "seeds": [0, 1, 2],
        "score": ["dev"],
        "metrics": ["strict_micro_f"],
        "by": [],
        "reference": variants[0]["name"],
        "folds": 0,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "experiment.json").write_text(
        json.dumps({**defaults, **facts, "rows": variants}), encoding="utf8"
    )
    return folder


def write_run(folder, variant, seed, metrics, fold=None, counts=None, corpora=("dev",), log=(), **more):
    """Write a complete run with these metrics; ``counts``: metric -> type -> (gold, predicted, correct)."""
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
    part = {"documents": 20, "figures": metrics, "scores": scores}
    parts = {corpus: {**part, "predictions": f"predictions.{corpus}.jsonl"} for corpus in corpora}
    facts = {
        "variant": variant,
        "seed": seed,
        "fold": fold,
        "seconds": 1.5,
        "updates": 10,
        "corpora": parts,
        **more,
    }
    (place / "result.json").write_text(json.dumps(facts), encoding="utf8")
    lines = [json.dumps(line) + "\n" for line in log]
    (place / "log.jsonl").write_text("".join(lines), encoding="utf8")
    return place


def write_simple(folder, values, **facts):
    """Write variants with one metric, strict_micro_f: ``values`` is variant -> values of the seeds 0, 1, ..."""
    write_facts(folder, facts.pop("rows", list(values)), **facts)
    for name, of in values.items():
        for seed, value in enumerate(of):
            write_run(folder, name, seed, {"strict_micro_f": value})
    return folder
