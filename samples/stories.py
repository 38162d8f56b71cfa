"""What is planted in the simulated city, as data: the marts must find it and a tester can know it beforehand.

Growth figures are percent over the same month of the year before, of single months, as the files print them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CountyStory:
    """A county whose monthly growth lies within `bounds[indicator] = (low, high)` percent in each of `months`."""

    name: str
    region_key: str
    months: tuple[str, ...]
    statement_zh: str
    bounds: dict[str, tuple[float, float]] = field(hash=False)


@dataclass(frozen=True)
class FirmStory:
    """A firm that uses at most `power_share` of its mean power of the 12 months before, in each of `months`."""

    name: str
    firm: str
    region_key: str
    months: tuple[str, ...]
    power_share: float
    invoices: bool
    statement_zh: str


@dataclass(frozen=True)
class LeadStory:
    """In the city's growth, `leader` runs `lag_months` ahead of `follower`."""

    leader: str
    follower: str
    lag_months: int
    statement_zh: str


@dataclass(frozen=True)
class FlashStory:
    """Tables that their department sends ahead as a flash and says so under them; nobody is to be blamed by them."""

    feeds: tuple[str, ...]
    month: str
    note: str
    statement_zh: str


@dataclass(frozen=True)
class PanelStory:
    """A county of which statistics names every firm of the panel with its output, so that who came and went can be told
    from growth (domain.md 2.3); elsewhere it names key firms only."""

    region_key: str
    indicators: tuple[str, ...]
    rest_share: float
    statement_zh: str


OUTPUT_WITHOUT_POWER = CountyStory(
    name="output_without_power",
    region_key="420822",
    months=("2018-04", "2018-05", "2018-06"),
    statement_zh="沙洋县工业总产值增长12%左右,而工业用电量和开票销售收入均下降10%以上:统计数据待核实",
    bounds={"ST02": (11.0, 13.5), "PW02": (-32.0, -18.0), "TX03": (-32.0, -18.0)},
)
REAL_DECLINE = CountyStory(
    name="real_decline",
    region_key="420802",
    months=("2018-03", "2018-04", "2018-05", "2018-06"),
    statement_zh="东宝区产值、增加值、用电、开票、用气、货运、增值税同步下降:真实下滑",
    bounds={
        "ST01": (-13.0, -9.0), "ST02": (-11.5, -5.0), "PW02": (-15.0, -8.0), "TX03": (-13.0, -4.0),
        "EN02": (-17.0, -4.0), "TR01": (-14.0, -3.0), "TX01": (-14.0, -4.0),
    },
)  # fmt: skip
COUNTY_STORIES = (OUTPUT_WITHOUT_POWER, REAL_DECLINE)

STOPPED = FirmStory(
    name="stopped",
    firm="荆门楚陵化工有限公司",
    region_key="420881",
    months=("2018-05", "2018-06"),
    power_share=0.10,
    invoices=False,
    statement_zh="用电量不足基线的10%且两月无开票:停产(电、票双证)",
)
POWER_ONLY = FirmStory(
    name="power_only",
    firm="京山惠岭建材有限公司",
    region_key="420882",
    months=("2018-05", "2018-06"),
    power_share=0.10,
    invoices=True,
    statement_zh="用电量不足基线的10%而开票正常:疑似停产(单证)",
)
FIRM_STORIES = (STOPPED, POWER_ONLY)

PURCHASES_LEAD_OUTPUT = LeadStory("TX04", "ST02", 2, "购进发票领先工业总产值2个月")
OUTPUT_LEADS_TAX = LeadStory("ST02", "TX01", 1, "工业增值税入库反映上月生产")
LOANS_LEAD_OUTPUT = LeadStory("BK02", "ST02", 4, "制造业贷款领先工业总产值4个月")
LEAD_STORIES = (PURCHASES_LEAD_OUTPUT, OUTPUT_LEADS_TAX, LOANS_LEAD_OUTPUT)

# Accounts close last, so the month's profits come as a flash first.
FLASH = FlashStory(
    ("stat__enterprise_finance", "stat__finance_by_industry", "stat__enterprise_accounts"),
    "2018-06",
    "本表为快报数",
    "6月规模以上工业企业财务状况为快报数:不作约谈依据",
)

# Its key firms have about 0.55 of the output; the rest of its panel shares out the rest. Where output is doubted, the
# first question is what a changed panel did to it.
WHOLE_PANEL = PanelStory(
    region_key="420822",
    indicators=("ST02", "ST03"),
    rest_share=0.42,
    statement_zh="沙洋县企业名单合计接近全部规上企业产值:新进库、退库的影响可由同口径企业增速测算",
)
