"""Multi-head attention with one query per sequence, without projecting the sequence."""

import torch
from torch import Tensor, nn


class SingleQueryAttention(nn.Module):
    """Scaled dot-product attention of one query over a sequence and the query itself (SINET, Eqs. 2-3).

    Keys and values are ``[states; own]``. They are never projected: if ``q_h`` is the query of head h, the scores are
    ``states (W_k,h^T q_h)``, and ``W_v,h`` is applied to the weighted sum of the states. This takes O(heads L D)
    instead of the O(L D^2) of the definition.

    Args:
        width: D of query, states and result.
        heads: number of heads; divides ``width``.
        dropout: on the attention weights.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide a width of {width}")
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, own: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Attend to the states and to the query itself.

        Args:
            own: [B, D], the query, which is also a key and a value.
            states: [B, L, D].
            mask: [B, L] bool, true for states that are attended to.

        Returns:
            [B, D], the values of all heads, concatenated.
        """
        weight = self.dropout(self.weights(own, states, mask))
        pooled = torch.bmm(weight[:, :, 1:], states) + weight[:, :, :1] * own.unsqueeze(1)
        values = self.value.weight.view(self.heads, -1, own.shape[1])
        return torch.einsum("bmd,mcd->bmc", pooled, values).flatten(1)

    def weights(self, own: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Return [B, heads, 1 + L], the attention weights, that of ``own`` first; 0 where the mask is false."""
        query = self.query(own).view(len(own), self.heads, -1) * self.scale
        keys = self.key.weight.view(self.heads, -1, own.shape[1])
        folded = torch.einsum("bmc,mcd->bmd", query, keys)
        scores = torch.bmm(folded, states.transpose(1, 2)).masked_fill(~mask.unsqueeze(1), -torch.inf)
        own_score = torch.bmm(folded, own.unsqueeze(2))
        every = torch.cat([own_score, scores], dim=2)
        return every.softmax(dim=2, dtype=torch.promote_types(every.dtype, torch.float32)).to(every.dtype)
