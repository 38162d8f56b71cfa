"""How settled a figure is (domain.md 2.6), with the word that clerks and officials read. In SQL: schema vocabulary."""

from typing import Literal, get_args

Maturity = Literal["flash", "prelim", "revised", "correction", "final", "benchmark"]
# From the least settled on: the one order there is.
ORDER: tuple[Maturity, ...] = get_args(Maturity)
# Figures of one kind exclude those of another; what is revised or corrected is as settled as what it takes the place of.
STAGES: tuple[Maturity, ...] = ("flash", "prelim", "final", "benchmark")
MATURITIES: dict[str, str] = {
    "flash": "快报数",
    "prelim": "初步数",
    "revised": "修订数",
    "correction": "更正数",
    "final": "最终数",
    "benchmark": "普查数",
}
