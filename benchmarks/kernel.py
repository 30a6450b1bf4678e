"""Compare REDN's kernels with their dense form: time and memory of a training step, by number of relation types.

``python -m benchmarks.kernel`` prints two tables. In the first, both forms have the same parameters and score the same
pairs; the dense one computes all tokens by all tokens for every type, as in the paper's equations. The second compares
full rank with the default of ``jointre.kernel.v2`` for many types, in whole training steps with Adam.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.memory import forget_peak, peak
from benchmarks.options import Effort
from benchmarks.timing import measure
from jointre.data.stages import PairDims, PairFeatures
from jointre.losses.grouped import GroupedBinaryCrossEntropy
from jointre.relation_heads.kernel import KernelRelationHead
from jointre.relation_heads.sized_kernel import SizedKernelRelationHead

CPU = torch.device("cpu")
EFFORT = Effort(rounds=5, tries=2)
ENTITY = 3  # word pieces of an entity
PAIRS = 2  # related pairs of a sentence


def step_dense(head: KernelRelationHead, states: Tensor, spans: Tensor) -> Tensor:
    """Compute the loss by definition: [B, L, C, H] projections, [B, C, L, L] scores, a mask over the cells of pairs."""
    assert head.tail is not None and head.head_bias is not None and head.tail_bias is not None
    q = torch.einsum("bld,cmd->blcm", states, head.head) + head.head_bias
    k = torch.einsum("bld,cmd->blcm", states, head.tail) + head.tail_bias
    scores = torch.einsum("blcm,bncm->bcln", q, k) * head.factor
    mask = torch.zeros_like(scores[:, 0])
    gold = torch.zeros_like(scores)
    for row, own in enumerate(spans.tolist()):
        for label, (head_at, tail_at) in enumerate(own):
            cells = (slice(head_at, head_at + ENTITY), slice(tail_at, tail_at + ENTITY))
            mask[row][cells] = 1.0
            gold[row, label][cells] = 1.0
    losses = binary_cross_entropy_with_logits(scores, gold, reduction="none").mean(1) * mask
    return (losses.sum((1, 2)) / mask.sum((1, 2))).mean()


def step_gathered(head: KernelRelationHead, states: Tensor, spans: Tensor) -> Tensor:
    """Compute the same loss over the cells of pairs only."""
    batch, length, width = states.shape
    inside = torch.arange(ENTITY)
    rows = (spans + length * torch.arange(batch).view(-1, 1, 1)).flatten(0, 1)  # [P, 2] first pieces
    heads, tails = (rows[:, side, None] + inside for side in (0, 1))
    side = states.reshape(-1, width)
    used = [index.flatten().unique(return_inverse=True) for index in (heads, tails)]
    first, second = (where.view(-1, ENTITY) for _, where in used)
    pair = torch.arange(len(rows)).repeat_interleave(ENTITY * ENTITY)
    features = PairFeatures(
        side.index_select(0, used[0][0]),
        first.repeat_interleave(ENTITY, dim=1).flatten(),
        second.repeat(1, ENTITY).flatten(),
        (),
        pair,
        tail_side=side.index_select(0, used[1][0]),
    )
    output = head(features, len(rows))
    targets = torch.zeros_like(output.logits)
    targets[torch.arange(len(pair)), pair % PAIRS] = 1.0
    loss: Tensor = GroupedBinaryCrossEntropy()(output.logits, targets, pair // PAIRS)
    return loss


def run(task: dict[str, Any]) -> dict[str, float]:
    """Measure in a separate process: MiB above the start, CPU milliseconds per step, and the loss.

    With ``adam`` in the task, steps include the update, and MiB include parameters, gradients and moments.
    """
    torch.manual_seed(0)
    torch.set_num_threads(task["threads"])
    batch, length, width, types = (task[name] for name in ("batch", "length", "width", "types"))
    forget_peak(CPU)
    start = peak(CPU)
    head = SizedKernelRelationHead(rank=task.get("rank"))
    head.build(PairDims(width, cells=True), list(map(str, range(types))))
    states = nn.Parameter(torch.randn(batch, length, width))
    starts = torch.rand(batch, length // ENTITY).argsort(dim=1) * ENTITY
    spans = starts[:, : 2 * PAIRS].view(batch, PAIRS, 2)
    step = step_dense if task["dense"] else step_gathered
    adam = torch.optim.Adam([*head.parameters(), states], fused=True) if task.get("adam") else None
    forget_peak(CPU)
    before = peak(CPU)

    def train() -> float:
        head.zero_grad(set_to_none=True)
        states.grad = None
        loss = step(head, states, spans)
        loss.backward()
        if adam is not None:
            adam.step()
        return float(loss.detach())

    [row] = measure([[train]], EFFORT, CPU)
    parameters = sum(p.numel() for p in head.parameters()) * 4 / 2**20
    return {
        "loss": row.passes[0][-1].result,
        "above": peak(CPU) - before - parameters,  # gradients of the parameters are the same in both
        "whole": peak(CPU) - start,
        "ms": 1000 * row.seconds("cpu").median,
        "range": row.seconds("cpu").range,
        "parameters": parameters,
    }


def _in_child(task: dict[str, Any]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.kernel", "--task", json.dumps(task)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(
    types: Annotated[str, typer.Option(help="Numbers of relation types.")] = "24,54,108,216",
    batch: Annotated[int, typer.Option(help="Number of sentences.")] = 20,
    length: Annotated[int, typer.Option(help="Word pieces per sentence.")] = 48,
    width: Annotated[int, typer.Option(help="Width of the states.")] = 384,
    threads: int = 1,
    many: Annotated[int, typer.Option(help="Number of relation types in the second table.")] = 500,
    task: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Compare both forms, then both ranks."""
    if task is not None:
        print(json.dumps(run(json.loads(task))))
        return
    print(
        f"{batch} sentences of {length} pieces, {width} wide, {PAIRS} pairs each; fp32, {threads} threads\n"
    )
    print(
        "| relation types | parameters, MiB | MiB above | dense, MiB above | CPU ms a step | dense, CPU ms a step |"
    )
    print("|---|---|---|---|---|---|")
    for number in map(int, types.split(",")):
        base = {"batch": batch, "length": length, "width": width, "types": number, "threads": threads}
        ours, dense = (_in_child({**base, "dense": flag}) for flag in (False, True))
        assert abs(ours["loss"] - dense["loss"]) < 1e-4, "the forms differ"
        cells = [ours["parameters"], ours["above"], dense["above"]]
        print(
            f"| {number} | " + " | ".join([*(f"{cell:.0f}" for cell in cells), _ms(ours), _ms(dense)]) + " |"
        )
    print(f"\n{many} relation types, steps with Adam\n")
    print("| rank | parameters, million | MiB in all | CPU ms a step |\n|---|---|---|---|")
    for rank in (None, "auto"):
        base = {"batch": batch, "length": length, "width": width, "types": many, "threads": threads}
        found = _in_child({**base, "dense": False, "rank": rank, "adam": True})
        millions = found["parameters"] * 2**20 / 4e6
        print(f"| {rank or 'null'} | {millions:.1f} | {found['whole']:.0f} | {_ms(found)} |")


def _ms(found: dict[str, float]) -> str:
    return f"{found['ms']:.0f} (range {found['range']:.0%})"


if __name__ == "__main__":
    typer.run(main)
