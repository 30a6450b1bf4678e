"""Batches without padding: the states are those of the network itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from transformers import AutoConfig, AutoModel

from jointre.encoders.packing import can_pack, layout_of, run_packed

SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 60,
}
PACKED = ["bert", "roberta", "xlm-roberta", "electra", "camembert"]
NOT_PACKED = ["mpnet", "deberta-v2", "modernbert"]
LENGTHS = [4, 1, 9, 4, 7]


def network_of(kind, **options):
    torch.manual_seed(0)
    return AutoModel.from_config(AutoConfig.for_model(kind, **SMALL, **options)).eval()


def batch():
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)
    ids = torch.randint(5, 60, mask.shape, generator=torch.Generator().manual_seed(1))
    return torch.where(mask, ids, 1), mask


@pytest.mark.parametrize("kind", PACKED)
def test_states_and_gradients_equal_those_of_the_network(kind):
    network, (ids, mask) = network_of(kind), batch()
    assert can_pack(network)
    own = network(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
    packed = run_packed(network, ids, mask, every_layer=True, pooled=False)
    for expected, found in zip(own.hidden_states, packed.layers, strict=True):
        torch.testing.assert_close(found[mask], expected[mask], rtol=1e-5, atol=1e-5)
        assert not found[~mask].any()
    again = network(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    assert torch.equal(again, own.last_hidden_state)

    def gradients(states):
        network.zero_grad()
        states[mask].square().sum().backward()
        return [p.grad.clone() for p in network.parameters() if p.grad is not None]

    for expected, found in zip(gradients(own.last_hidden_state), gradients(packed.layers[-1]), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_several_threads_can_share_a_network():
    network, (ids, mask) = network_of("bert"), batch()
    assert can_pack(network)

    def padded():
        return network(input_ids=ids, attention_mask=mask.long()).last_hidden_state[mask]

    def packed():
        return run_packed(network, ids, mask, every_layer=False, pooled=False).layers[0][mask]

    with torch.inference_mode():
        expected = padded()
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(torch.inference_mode()(work)) for _ in range(100) for work in (packed, padded)]
    for run in runs:
        torch.testing.assert_close(run.result(), expected, rtol=1e-5, atol=1e-5)


def test_the_pooled_output_is_that_of_each_document():
    network, (ids, mask) = network_of("bert"), batch()
    own = network(input_ids=ids, attention_mask=mask.long()).pooler_output
    assert can_pack(network)
    torch.testing.assert_close(run_packed(network, ids, mask, False, pooled=True).pooled, own)


@pytest.mark.parametrize("kind", NOT_PACKED)
def test_other_architectures_are_computed_with_padding(kind):
    options = {"pad_token_id": 0} if kind == "modernbert" else {}
    assert not can_pack(network_of(kind, **options))


def test_a_row_is_ordered_by_length():
    layout = layout_of(batch()[1])
    assert layout.runs == ((0, 1, 1), (1, 2, 4), (9, 1, 7), (16, 1, 9))
    assert layout.position[:9].tolist() == [0, 0, 1, 2, 3, 0, 1, 2, 3]
    assert layout.place[:9].tolist() == [9, 0, 1, 2, 3, 27, 28, 29, 30]
