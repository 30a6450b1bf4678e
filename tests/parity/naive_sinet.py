"""SINET written down straight from its equations: one sentence, one head, one key at a time. The oracle.

Written from the definition alone. What SINET shares with SpERT, its data, loss and decoding,
is in `naive_spert`. The attributes are named like those of the published implementation, so that the ``state_dict``
of a default model is a checkpoint in that layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from naive_spert import NaiveSpert, Range, Sentence, between, pooled
from torch import Tensor, nn
from transformers import BertConfig


@dataclass(frozen=True)
class Interaction:
    """What the two tasks see of each other; the default is the published model.

    Args:
        tap: whether the tasks have projections of their own. ctam: directions, "both", "entity", "relation" or "none".
        heads, layers: of the attention. agent: "cls", "max" or "mean". include_sep: whether [SEP] is a key.
        layer_norm, output_projection: parts of a layer. share: whether the two directions share parameters.
        padding: number of padding positions that are attended to, the official behaviour.
    """

    tap: bool = True
    ctam: str = "both"
    heads: int = 4
    layers: int = 1
    agent: str = "cls"
    layer_norm: bool = True
    output_projection: bool = True
    share: bool = True
    include_sep: bool = True
    padding: int = 0


class Attention(nn.Module):
    """Attention for one query (SINET, Eq. 3): keys are the other task's tokens and the query itself."""

    def __init__(self, hidden: int, how: Interaction) -> None:
        super().__init__()
        self.heads = how.heads
        self.wq = nn.Linear(hidden, hidden, bias=False)
        self.wk = nn.Linear(hidden, hidden, bias=False)
        self.wv = nn.Linear(hidden, hidden, bias=False)
        self.proj = nn.Linear(hidden, hidden) if how.output_projection else None
        self.addnorm = nn.ModuleDict({"ln": nn.LayerNorm([1, hidden])} if how.layer_norm else {})

    def forward(self, agent: Tensor, others: Sequence[Tensor]) -> Tensor:
        """[d] from the query [d] and the tokens [d] of the other task."""
        size = len(agent) // self.heads
        seen = [*others, agent]
        query = self.wq.weight @ agent
        keys = [self.wk.weight @ token for token in seen]
        values = [self.wv.weight @ token for token in seen]
        read = []
        for head in range(self.heads):
            own = slice(head * size, (head + 1) * size)
            scores = [query[own] @ key[own] / size**0.5 for key in keys]
            highest = max(score.item() for score in scores)
            weights = [torch.exp(score - highest) for score in scores]
            total = sum(weights)
            parts = [weight / total * value[own] for weight, value in zip(weights, values, strict=True)]
            read.append(torch.stack(parts).sum(dim=0))
        out = torch.cat(read)
        if self.proj is not None:
            out = self.proj.weight @ out + self.proj.bias
        return self.norm(out + agent)

    def norm(self, x: Tensor) -> Tensor:
        """Step 7: LayerNorm over d with eps 1e-5; its parameters are stored as (1, d)."""
        if "ln" not in self.addnorm:
            return x
        mean = x.mean()
        variance = ((x - mean) ** 2).mean()
        gain, offset = self.addnorm["ln"].weight[0], self.addnorm["ln"].bias[0]
        return (x - mean) / torch.sqrt(variance + 1e-5) * gain + offset


@dataclass(frozen=True)
class Looked:
    """A sentence as the heads see it: H, U^e and U^r [T, d], and the two sentence vectors [d]."""

    encoder: Tensor
    entity: Tensor
    relation: Tensor
    for_entities: Tensor
    for_relations: Tensor


class NaiveSinet(NaiveSpert):
    """``pooling`` is that of both g, ``context`` that of c; ``interaction`` the rest."""

    def __init__(
        self,
        config: BertConfig,
        entities: Sequence[str],
        relations: Sequence[str],
        symmetric: Sequence[str] = (),
        width: int = 100,
        rows: int = 100,
        pooling: str = "max",
        context: str = "max",
        **interaction: Any,
    ) -> None:
        super().__init__(config, entities, relations, symmetric, width, rows, pooling, context)
        hidden = config.hidden_size
        self.how = Interaction(**interaction)
        self.rel_classifier = nn.Linear(4 * hidden + 2 * width, len(relations))
        if self.how.tap:
            self.linear_s = nn.Linear(hidden, hidden, bias=False)
            self.linear_r = nn.Linear(hidden, hidden, bias=False)
        for layer in range(self.how.layers if self.how.ctam != "none" else 0):
            for direction in ("entity", "relation"):
                if self.how.ctam in ("both", direction):
                    setattr(self, self.attention_name(layer, direction), Attention(hidden, self.how))

    def attention_name(self, layer: int, direction: str) -> str:
        """``cross_attention`` as published, where there is only one; the ablations' own names else."""
        whose = "" if self.how.share else f"_{direction}"
        return "cross_attention" + whose + (f"_{layer}" if layer else "")

    def states(self, sentence: Sentence) -> Looked:
        """Several layers: each reads what both agents were before it."""
        encoder = self.encode(sentence)
        entity = encoder @ self.linear_s.weight.T if self.how.tap else encoder
        relation = encoder @ self.linear_r.weight.T if self.how.tap else encoder
        last = len(sentence.ids) - (0 if self.how.include_sep else 1)
        keys = [*range(1, last), *range(len(sentence.ids), len(encoder))]
        agents = self.agent(entity, sentence), self.agent(relation, sentence)
        for layer in range(self.how.layers):
            agents = (
                self.attend("entity", layer, agents[0], [relation[t] for t in keys]),
                self.attend("relation", layer, agents[1], [entity[t] for t in keys]),
            )
        return Looked(encoder, entity, relation, *agents)

    def encode(self, sentence: Sentence) -> Tensor:
        """[T, d] the last layer; with padding after it, which the encoder itself does not see."""
        ids = [*sentence.ids, *[0] * self.how.padding]
        mask = [1] * len(sentence.ids) + [0] * self.how.padding
        inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.tensor([mask])}
        return self.bert(**inputs).last_hidden_state[0]

    def agent(self, states: Tensor, sentence: Sentence) -> Tensor:
        """[d] the class token, or what is pooled from all words."""
        if self.how.agent == "cls":
            return states[0]
        return pooled([states[t] for t in range(1, len(sentence.ids) - 1)], self.how.agent)

    def attend(self, direction: str, layer: int, agent: Tensor, others: list[Tensor]) -> Tensor:
        """[d] the agent after a layer; as it was if this direction is switched off (SINET, Table 4)."""
        if self.how.ctam not in ("both", direction):
            return agent
        return getattr(self, self.attention_name(layer, direction))(agent, others)

    def local(self, states: Tensor, one: Range, other: Range) -> Tensor:
        """The context c, pooled from H; zeros if nothing lies between."""
        start, end = between(one, other)
        if start >= end:
            return torch.zeros_like(states[0])
        return pooled([states[t] for t in range(start, end)], self.context)

    def entity_logits(self, states: Looked, sentence: Sentence, span: Range) -> Tensor:
        """[sentence; span; width]."""
        features = [states.for_entities, self.pool(states.entity, sentence.extent(span)), self.width(span)]
        return self.entity_classifier(torch.cat(features))

    def relation_logits(self, states: Looked, sentence: Sentence, head: Range, tail: Range) -> Tensor:
        """[context; sentence; head; tail; head width; tail width]."""
        one, other = sentence.extent(head), sentence.extent(tail)
        both = [self.pool(states.relation, one), self.pool(states.relation, other)]
        context = self.local(states.encoder, one, other)
        features = [context, states.for_relations, *both, self.width(head), self.width(tail)]
        return self.rel_classifier(torch.cat(features))
