"""Invented enterprises of the simulated city: names, industries, counties, credit codes and power accounts.

The organisation codes all begin with MX, a series that no office has issued, so none belongs to a real enterprise.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from samples import credit_code
from samples.stories import FIRM_STORIES, WHOLE_PANEL

COUNT = 160
# GB/T 4754-2017 division, what its firms are called, power used for a yuan of sales against the mean.
TRADES: tuple[tuple[str, str, float], ...] = (
    ("13", "粮油", 0.5), ("14", "食品", 0.5), ("15", "酒业", 0.4), ("17", "纺织", 1.0), ("18", "服饰", 0.4),
    ("20", "木业", 0.7), ("22", "纸业", 1.4), ("25", "燃料", 1.3), ("26", "化工", 2.0), ("27", "药业", 0.6),
    ("29", "塑业", 0.9), ("30", "建材", 2.2), ("32", "有色金属", 1.8), ("33", "金属制品", 1.0), ("34", "通用机械", 0.6),
    ("35", "装备", 0.6), ("36", "汽车零部件", 0.6), ("38", "电气", 0.6), ("39", "电子", 0.5), ("42", "再生资源", 1.1),
)  # fmt: skip
# Region key, place in the name, registering authority in the code, share of the firms.
# Firms of 京山 registered before it became a city keep 420821 in their codes for ever (domain.md 2.7).
PLACES: tuple[tuple[str, str, str, float], ...] = (
    ("420802", "荆门东宝", "420802", 0.14), ("JM-GXDD", "荆门", "420800", 0.26), ("JM-ZH", "荆门漳河", "420800", 0.05),
    ("JM-QJL", "屈家岭", "420800", 0.07), ("420882", "京山", "420821", 0.18), ("420822", "沙洋", "420822", 0.11),
    ("420881", "钟祥", "420881", 0.19),
)  # fmt: skip
_FIRST, _SECOND = "楚荆汉鄂郢惠恒瑞鼎泰丰宏", "陵岭源川湖沙山林田泽禾穗"


@dataclass(frozen=True)
class Firm:
    """One enterprise. `share` is its part of its county's invoices in 2014; `born` is a month or None."""

    name: str
    credit_code: str
    region_key: str
    industry: str
    intensity: float
    share: float
    accounts: tuple[str, ...]
    born: str | None


@dataclass(frozen=True)
class SmallFirm:
    """A firm of the panel: when and how it entered and left, as panel status; None for before and after the years shown."""

    name: str
    credit_code: str
    region_key: str
    industry: str
    entered: str | None
    left: str | None
    how_entered: str
    how_left: str


@cache
def firms(seed: int) -> tuple[Firm, ...]:
    """The enterprises of the city, the planted ones first; together about 0.55 of each county's invoices."""
    rng = np.random.default_rng([seed, 1])
    drafts = [_planted(i) for i in range(len(FIRM_STORIES))]
    taken = {d[0] for d in drafts}
    for region_key, place, authority, share in PLACES:
        for _ in range(round(share * COUNT) - sum(d[1] == region_key for d in drafts)):
            industry, trade, intensity = TRADES[rng.integers(len(TRADES))]
            name = _name(rng, place, trade, taken)
            taken.add(name)
            drafts.append((name, region_key, authority, industry, intensity))
    weight = np.array([0.8] * len(FIRM_STORIES) + list(rng.lognormal(0, 0.8, len(drafts) - len(FIRM_STORIES))))
    regions = np.array([d[1] for d in drafts])
    return tuple(
        Firm(
            name=name,
            credit_code=_code(rng, authority, n),
            region_key=region_key,
            industry=industry,
            intensity=intensity,
            share=float(0.55 * weight[n] / weight[regions == region_key].sum()),
            accounts=tuple(f"4208{n:04d}{k:02d}" for k in range(2 if n % 30 == 17 else 1)),
            born="2017-03" if n % 50 == 23 else None,
        )
        for n, (name, region_key, authority, industry, intensity) in enumerate(drafts)
    )


def _planted(i: int) -> tuple[str, str, str, str, float]:
    story = FIRM_STORIES[i]
    industry, _, intensity = next(t for t in TRADES if t[1] in story.firm)
    return story.firm, story.region_key, "420821" if story.region_key == "420882" else "420800", industry, intensity


def _name(rng: np.random.Generator, place: str, trade: str, taken: set[str]) -> str:
    form = ("有限公司", "有限责任公司", "股份有限公司")[rng.choice(3, p=[0.7, 0.2, 0.1])]
    while True:
        brand = _FIRST[rng.integers(len(_FIRST))] + _SECOND[rng.integers(len(_SECOND))]
        # Half-width brackets here; the power company writes them full-width.
        name = f"湖北{brand}{trade}({place}){form}" if rng.random() < 0.08 else f"{place}{brand}{trade}{form}"
        if name not in taken:
            return name


def _code(rng: np.random.Generator, authority: str, n: int) -> str:
    # A later registration in 京山 carries the new code.
    authority = "420882" if authority == "420821" and n % 9 == 0 else authority
    tail = "".join(credit_code.SYMBOLS[k] for k in rng.integers(0, 31, 3))
    return credit_code.make(authority, f"MX{n:03d}{tail}")


SMALL_AT_FIRST, ENTRANTS_A_YEAR, LEAVERS_A_YEAR = 260, 82, 24


@cache
def small_firms(seed: int) -> tuple[SmallFirm, ...]:
    """Firms of the panel that no monthly table names: most stay, some enter and some leave in 2015 to 2018.

    Firms that outgrew the threshold enter with January and are first seen in February (domain.md 2.3).
    """
    rng = np.random.default_rng([seed, 10])
    taken = {f.name for f in firms(seed)}
    comings: list[str | None] = [None] * SMALL_AT_FIRST
    comings += [f"{year}-{rng.choice([2, 2, 2, 3, 5, 6, 8, 10, 11]):02d}" for year in range(2015, 2019)
                for _ in range(ENTRANTS_A_YEAR)]  # fmt: skip
    leaving = set(rng.choice(SMALL_AT_FIRST, 4 * LEAVERS_A_YEAR, replace=False).tolist())
    out = []
    for n, entered in enumerate(comings):
        region_key, place, authority, _ = PLACES[rng.choice(len(PLACES), p=[p[3] for p in PLACES])]
        industry, trade, _ = TRADES[rng.integers(len(TRADES))]
        name = _name(rng, place, trade, taken)
        taken.add(name)
        left = f"{2015 + n % 4}-{rng.integers(2, 13):02d}" if n in leaving else None
        out.append(
            SmallFirm(
                name=name, credit_code=_code(rng, authority, COUNT + 40 + n), region_key=region_key, industry=industry,
                entered=entered, left=left, how_entered="graduated" if entered and entered.endswith("-02") else "new_built",
                # what one or two firms gave is not told (domain.md 2.11), so there all leave for one reason
                how_left="dropped" if region_key == WHOLE_PANEL.region_key else ("dropped", "closed", "merged")[n % 3],
            )
        )  # fmt: skip
    return tuple(out)
