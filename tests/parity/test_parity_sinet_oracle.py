"""SINET's oracle itself, compared with values computed by hand."""

import torch
from naive_sinet import Attention, Interaction
from published import TINY
from published_sinet import tiny_sinet
from transformers import BertConfig

from jointre.importing.layouts import SINET


def test_attention_by_hand():
    part = Attention(2, Interaction(heads=1))
    with torch.no_grad():
        for linear in (part.wq, part.wk, part.wv, part.proj):
            linear.weight.copy_(torch.eye(2))
        part.proj.bias.zero_()
        result = part(torch.tensor([1.0, 0.0]), [torch.tensor([0.0, 1.0])])
        summed = Attention.forward(without_norm(part), torch.tensor([1.0, 0.0]), [torch.tensor([0.0, 1.0])])
    torch.testing.assert_close(summed, torch.tensor([1.66976, 0.33024]), atol=1e-5, rtol=0)
    torch.testing.assert_close(result, torch.tensor([0.99999, -0.99999]), atol=1e-5, rtol=0)


def without_norm(part: Attention) -> Attention:
    other = Attention(2, Interaction(heads=1, layer_norm=False))
    other.load_state_dict({name: value for name, value in part.state_dict().items() if "addnorm" not in name})
    return other


def test_the_norm_is_that_of_torch():
    part = Attention(6, Interaction(heads=2))
    torch.nn.init.normal_(part.addnorm["ln"].weight)
    torch.nn.init.normal_(part.addnorm["ln"].bias)
    x = torch.randn(6)
    torch.testing.assert_close(part.norm(x), part.addnorm["ln"](x.unsqueeze(0))[0])


def test_heads_are_those_of_torch():
    """torch's own attention with the same weights; it has no projection of the residual and no norm."""
    torch.manual_seed(0)
    part = Attention(12, Interaction(heads=3, layer_norm=False))
    theirs = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    query, others = torch.randn(12), torch.randn(5, 12)
    keys = torch.cat([others, query.unsqueeze(0)]).unsqueeze(0)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([part.wq.weight, part.wk.weight, part.wv.weight]))
        theirs.out_proj.load_state_dict(part.proj.state_dict())
        truth = theirs(query.view(1, 1, 12), keys, keys, need_weights=False)[0][0, 0] + query
        torch.testing.assert_close(part(query, list(others)), truth)


def test_its_tensors_are_those_of_the_published_code():
    naive = tiny_sinet(0, width=100)
    state, hidden = naive.state_dict(), TINY["hidden_size"]
    own = {name for name in state if name.startswith(("linear_", "cross_attention"))}
    assert own == set(SINET.own)
    assert state["cross_attention.addnorm.ln.weight"].shape == (1, hidden)
    assert sum(state[name].numel() for name in own) == 6 * hidden**2 + 3 * hidden
    assert naive.entity_classifier.in_features == 2 * hidden + 100
    assert naive.rel_classifier.in_features == 4 * hidden + 200


def test_extra_parameters_at_full_size():
    hidden = BertConfig().hidden_size
    assert 6 * hidden**2 + 3 * hidden == 3_541_248
