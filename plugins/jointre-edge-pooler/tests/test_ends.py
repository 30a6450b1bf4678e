"""The pooler keeps jointre's contract."""

from jointre.testing import check_component

from jointre_edge_pooler import EndsPooler


def test_contract() -> None:
    check_component(EndsPooler())
