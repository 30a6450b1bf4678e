"""Copies of the highest layers of an encoder, whatever its architecture."""

import pytest
import torch

from jointre.encoders.upper import HFUpperLayers
from jointre.errors import BuildError
from jointre.testing import toy_batch

SIZES = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1, "cls_token_id": 1, "sep_token_id": 1}
RELATIVE = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16}
KINDS = {
    "bert": {},
    "roberta": {},
    "electra": {"embedding_size": 8},
    "deberta-v2": {**RELATIVE, "share_att_key": True, "norm_rel_ebd": "layer_norm"},
    "mpnet": {},
    "distilbert": {},
    "modernbert": {},
}
REFUSED = {
    "albert": {},
    "deberta-v2": {**RELATIVE, "conv_kernel_size": 3},
    "xlm": {"emb_dim": 16, "n_heads": 2},
}


def network_of(kind, options):
    from transformers import AutoConfig, AutoModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = AutoConfig.for_model(kind, vocab_size=50, **{**SIZES, **SPECIAL, **options})
        network = AutoModel.from_config(config)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    return network.eval()


@pytest.mark.parametrize(("kind", "options"), KINDS.items(), ids=KINDS)
def test_the_copies_compute_what_the_network_computes(kind, options):
    network, batch = network_of(kind, options), toy_batch()
    layers = network(batch.ids, batch.mask.long(), output_hidden_states=True).hidden_states
    for count in (1, 2, 3):
        upper = HFUpperLayers(network, count).eval()
        found = upper(layers[-1 - count].detach(), batch)[batch.mask]
        torch.testing.assert_close(found, layers[-1][batch.mask], rtol=1e-4, atol=1e-5)
        assert len(upper.depths()) == count
        found.square().sum().backward()
        assert [name for name, p in upper.named_parameters() if p.grad is None] == []
        assert not any("word_embeddings" in name or "pooler" in name for name, _ in upper.named_parameters())


@pytest.mark.parametrize(("kind", "options"), REFUSED.items(), ids=REFUSED)
def test_layers_that_cannot_be_run_by_themselves_are_refused(kind, options):
    with pytest.raises(BuildError, match=r"the upper layers of a \w+ cannot be run by themselves"):
        HFUpperLayers(network_of(kind, options), 1)


def test_copying_leaves_the_network_as_it_was():
    network = network_of("bert", {}).train()
    names = {name: p.detach().clone() for name, p in network.named_parameters()}
    HFUpperLayers(network, 2).requires_grad_(False)
    assert network.training and all(p.requires_grad for p in network.parameters())
    assert all(torch.equal(p, names[name]) for name, p in network.named_parameters())
    assert network(torch.arange(4).unsqueeze(0)).pooler_output is not None
