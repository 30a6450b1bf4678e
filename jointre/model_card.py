"""The README.md of a model folder."""

from collections.abc import Mapping
from typing import Any

from jointre.data.labels import Labels
from jointre.markdown import escaped


def model_card(labels: Labels, meta: Mapping[str, Any]) -> str:
    """Return, in Markdown, what the model finds, its scores with their protocols, and how to use it."""
    relations = [f"{label} (symmetric)" if label in labels.symmetric else label for label in labels.relations]
    lines = [
        "# A jointre model",
        "",
        f"Entities: {escaped(', '.join(labels.entities)) or 'none'}  ",
        f"Relations: {escaped(', '.join(relations)) or 'none'}  ",
        f"Parameters: {meta['parameters']:,}  ",
        f"Made with jointre {meta['jointre']}"
        + "".join(f", {name} {number}" for name, number in meta["libraries"].items()),
        "",
        *_exported(meta.get("exported")),
        *_scores(meta.get("scores", {})),
        "```python",
        "import jointre",
        "",
        'model = jointre.load("FOLDER")',
        'for doc in model(["Some text."]):',
        "    print(doc.entities, doc.relations)",
        "```",
        "",
    ]
    return "\n".join(lines)


def _exported(facts: Mapping[str, Any] | None) -> list[str]:
    """Return how an exported model differs from the original."""
    if facts is None:
        return []
    compared, number_format = facts["compared"], "int8" if facts["int8"] else "fp32"
    same = f"{compared['same']} of {compared['documents']} documents have the same predictions"
    return [
        f"The encoder was exported to ONNX, in {number_format}. Compared with the original on "
        f"{escaped(compared['corpus'])}, {same}.",
        "",
    ]


def _scores(scores: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for corpus, metrics in scores.items():
        lines += [
            f"Scores on {escaped(corpus)}, x100:",
            "",
            "| protocol | average | P | R | F1 |",
            "|---|---|---|---|---|",
        ]
        for facts in metrics.values():
            for average in ("micro", "macro"):
                if average in facts:
                    cells = " | ".join(f"{100 * facts[average][key]:.2f}" for key in ("p", "r", "f"))
                    lines.append(f"| {escaped(facts['protocol'])} | {average} | {cells} |")
        lines.append("")
    return lines
