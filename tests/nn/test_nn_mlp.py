"""The MLP block, and projections of vectors that are kept in parts."""

import torch
from torch import nn

from jointre.nn.columns import project, side_by_side
from jointre.nn.mlp import MLPBlock


def test_linear_gelu_norm_dropout():
    """Linear, gelu, layer norm."""
    block, x = MLPBlock(4, 6, 0.5), torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    nn.init.normal_(block.dense.bias)
    z = block.dense(x)
    activated = 0.5 * z * (1 + torch.erf(z / 2**0.5))
    centred = activated - activated.mean(1, keepdim=True)
    expected = centred / (centred.square().mean(1, keepdim=True) + 1e-12).sqrt()
    torch.testing.assert_close(block.eval()(x), expected)
    torch.manual_seed(0)
    dropped = block.train()(x)
    torch.testing.assert_close(dropped[dropped != 0], 2 * expected[dropped != 0])
    assert 0 < int((dropped == 0).sum()) < dropped.numel()


def test_parts_are_projected_as_their_concatenation_is():
    torch.manual_seed(0)
    sizes, linear = [(3, 2), (2, 4), (5, 1)], nn.Linear(7, 3)
    columns = [(torch.randn(size, requires_grad=True), torch.randint(size[0], (6,))) for size in sizes]
    whole = torch.cat([rows[index] for rows, index in columns], dim=1)
    assert torch.equal(side_by_side(columns), whole)
    torch.testing.assert_close(project(linear, columns), linear(whole))
