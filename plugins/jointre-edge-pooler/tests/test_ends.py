"""The pooler keeps jointre's contract."""

from jointre_edge_pooler import EndsPooler

from jointre.testing import check_component


def test_contract() -> None:
    check_component(EndsPooler())
