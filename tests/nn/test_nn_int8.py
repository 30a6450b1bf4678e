"""Linear maps in int8."""

import pytest
import torch
from torch import Tensor, nn

from jointre.nn.int8 import Int8Linear, LargeRows, use_int8


@pytest.fixture
def pair():
    """A linear map and the same in int8."""
    torch.manual_seed(0)
    exact = nn.Sequential(nn.Linear(64, 48))
    rounded = nn.Sequential(nn.Linear(64, 48))
    rounded.load_state_dict(exact.state_dict())
    use_int8(rounded)
    assert isinstance(rounded[0], Int8Linear)
    return exact, rounded


def error(pair, rows, where=slice(None)):
    """The largest error of int8 in some of the rows."""
    exact, rounded = pair
    with torch.no_grad():
        return float((exact(rows) - rounded(rows)).flatten(0, -2)[where].abs().max())


def test_large_rows_do_not_spoil_the_others(pair):
    rows = torch.randn(2, 20, 64)
    usual = error(pair, rows)
    rows[0, 3] *= 30
    rows[1, 0] *= 30
    others = [number for number in range(40) if number not in (3, 20)]
    assert error(pair, rows, others) < 1.2 * usual < 0.05
    assert error(pair, rows, [3, 20]) < 30 * 1.5 * usual
    beside = [nn.Sequential(nn.quantized.dynamic.Linear(64, 48)), pair[0]]
    beside[0][0].set_weight_bias(*pair[1][0]._weight_bias())
    assert error(beside[::-1], rows, others) > 5 * usual  # torch's own map, with one scale


@pytest.mark.parametrize("shape", [(0, 64), (1, 64), (3, 5, 64)])
def test_any_shape(pair, shape):
    rows = torch.randn(*shape)
    with torch.no_grad():
        assert pair[1](rows).shape == (*shape[:-1], 48)
        torch.testing.assert_close(pair[1](rows), pair[0](rows), rtol=0, atol=0.05)


def test_rows_of_zeros(pair):
    rows = torch.zeros(9, 64)
    rows[2] = 1.0
    with torch.no_grad():
        torch.testing.assert_close(pair[1](rows), pair[0](rows), rtol=0, atol=0.05)


@pytest.mark.parametrize("shape", [(2, 20, 64), (2, 1, 64)])
def test_inputs_are_left_as_they_were(pair, shape):
    rows = torch.randn(shape)
    rows[0, 0] *= 30
    rows = rows.expand(2, 20, 64)
    before = rows.clone()
    with torch.no_grad():
        pair[1](rows)
    assert torch.equal(rows, before)


def test_maps_of_the_same_input_look_for_large_rows_once(monkeypatch):
    network = nn.ModuleList(nn.Linear(64, 48) for _ in range(3))
    use_int8(network)
    sought, amax = [], Tensor.amax
    monkeypatch.setattr(Tensor, "amax", lambda rows, **given: sought.append(1) or amax(rows, **given))
    with torch.inference_mode():
        for rows in (torch.randn(9, 64), torch.randn(9, 64)):
            for linear in network:
                linear(rows)
    assert len(sought) == 2


def test_large_rows_are_those_of_the_tensor_that_is_asked_for():
    large_rows = LargeRows()
    with torch.inference_mode():
        rows = torch.randn(2, 5, 64)
        rows[1, 2] *= -30
        assert large_rows.of(rows).tolist() == large_rows.of(rows).tolist() == [7]
        assert large_rows.of(rows.flip(0)).tolist() == [2]
    changing = rows.clone()
    assert large_rows.of(changing).tolist() == [7]
    changing[1, 2] /= 30
    assert large_rows.of(changing).tolist() == []
