"""What a sender says of figures that look wrong and are right."""

import pytest

from ingest.grammar.confirmation import Confirmation, stated_confirmation
from ingest.reading.sheet import Sheet


@pytest.mark.parametrize(
    ("rows", "confirmed"),
    [
        (
            [["核实说明：F10、G10 该企业5月停产检修"]],
            Confirmation(("F10", "G10"), "F10、G10 该企业5月停产检修"),
        ),
        ([["核实情况:", "已与企业核对，数据属实"]], Confirmation((), "已与企业核对，数据属实")),
        ([["注：1.本表不含市直。2.核实说明：AB12 属实"]], Confirmation(("AB12",), "AB12 属实")),
        ([["核实说明：生产PVC2000吨，属实"]], Confirmation((), "生产PVC2000吨，属实")),
    ],
)
def test_a_confirmation_names_its_cells_or_means_all(rows: list[list[str]], confirmed: Confirmation) -> None:
    assert stated_confirmation([Sheet("1", rows)]) == confirmed


@pytest.mark.parametrize("rows", [[["核实说明："]], [["请核实后报送"]], [["注：数据待核实"]]])
def test_what_is_still_to_be_said_confirms_nothing(rows: list[list[str]]) -> None:
    assert stated_confirmation([Sheet("1", rows)]) is None
