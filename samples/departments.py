"""What each department of the city sends: one function a feed, from the latent city to the table it would type.

Forms, units and names differ from department to department, as they do (domain.md 2.4, 2.10).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from samples import entities
from samples.catalogue import NOT_MANUFACTURING, by_industry, regional
from samples.declared import Line, Style, feed_of, print_table
from samples.economy import CITY, INDUSTRIES, UNITS, Economy, Period, index
from samples.stories import FLASH
from samples.table import NO_NUMBER, Column, Form, Printed, Table, print_growth, round_half_away
from vocabulary.month import Month

_FULL_WIDTH = str.maketrans("()", "\uff08\uff09")
_NAMES = {
    CITY: "全市", "420802": "东宝区", "JM-GXDD": "荆门高新区·掇刀区", "JM-ZH": "漳河新区", "JM-QJL": "屈家岭管理区",
    "420882": "京山市", "420822": "沙洋县", "420881": "钟祥市", "JM-DCH": "其中:大柴湖开发区", "JM-SZ": "市直",
}  # fmt: skip
# The first month in which each department wrote 京山市 for 京山县, approved on 2018-02-24 (domain.md 2.7).
_JINGSHAN_CITY_SINCE = {
    "stat": "2018-03", "ndrc": "2018-03", "tran": "2018-05", "fisc": "2018-04", "tax": "2018-04", "comm": "2018-03",
    "bank": "2018-05", "ener": "2018-03", "powr": "2018-06", "tele": "2018-05",
}  # fmt: skip
_DEPARTMENT_WORDS = {
    "tran": {CITY: "荆门市", "JM-GXDD": "高新区·掇刀区"},
    "tax": {CITY: "合计", "JM-GXDD": "高新·掇刀", "JM-QJL": "屈家岭", "JM-DCH": "其中:大柴湖"},
    "fisc": {"JM-SZ": "市本级"},
    "bank": {CITY: "全市合计", "JM-SZ": "市直"},
    "ener": {CITY: "荆门市", "JM-QJL": "屈家岭"},
    "powr": {CITY: "全市", "JM-GXDD": "高新区(掇刀区)"},
    "tele": {CITY: "全市", "420802": "东宝", "JM-GXDD": "高新·掇刀", "JM-ZH": "漳河", "420822": "沙洋", "420881": "钟祥"},
}  # fmt: skip


def region_label(department: str, key: str, month: str) -> str:
    """What a department calls a region in its file of a month."""
    if key == "420882":
        written = "京山市" if month >= _JINGSHAN_CITY_SINCE[department] else "京山县"
        return "京山" if department == "tele" else written
    return _DEPARTMENT_WORDS.get(department, {}).get(key, _NAMES[key])


@dataclass(frozen=True)
class Desk:
    """One clerk's view of the city in one month."""

    city: Economy
    month: str
    feed: str
    rows: tuple[str, ...]

    @property
    def department(self) -> str:
        return self.feed.split("__")[0]

    @property
    def t(self) -> int:
        return index(self.month)

    @property
    def since_january(self) -> str:
        """2018年1-6月; in January just 2018年1月."""
        month = Month.parse(self.month)
        return f"{month.year}年1-{month.month}月" if month.month > 1 else month.words

    @property
    def this_month(self) -> str:
        return Month.parse(self.month).words

    @property
    def only_cumulative(self) -> bool:
        """Statistics release February as January-February together and say nothing of the month (domain.md 2.1)."""
        return self.department == "stat" and self.month.endswith("-02")

    def regions(self, heading: str = "地区") -> Column:
        return Column((heading,), tuple(region_label(self.department, r, self.month) for r in self.rows))

    def value(
        self, code: str, heading: Iterable[str], period: Period, decimals: int = 0, per: float = 1, base: bool = False,
        only: Iterable[str] | None = None,
    ) -> Column:  # fmt: skip
        """A column of values, `per` canonical units to the printed one; `only` for some of the rows."""
        shown = set(self.rows if only is None else only)
        cells: list[Printed] = []
        for row in self.rows:
            if row not in shown or (period == "M" and self.only_cumulative):
                cells.append(NO_NUMBER)
                continue
            value, before = self.city.series[code].at(row, self.t, period)
            cells.append(round_half_away((before if base else value) / per, decimals))
        return Column(tuple(heading), tuple(cells), decimals)

    def growth(self, code: str, heading: Iterable[str], period: Period, only: Iterable[str] | None = None) -> Column:
        shown = set(self.rows if only is None else only)
        cells: list[Printed] = []
        for row in self.rows:
            if row not in shown or (period == "M" and self.only_cumulative):
                cells.append(NO_NUMBER)
            else:
                cells.append(print_growth(*self.city.series[code].at(row, self.t, period)))
        return Column(tuple(heading), tuple(cells), 1)

    def table(self, title: str, columns: Iterable[Column], corner: str | None = None, *, cumulative: bool = False,
              form: Form = "xlsx", notes: tuple[str, ...] = (), numbers_as_text: bool = False) -> Table:  # fmt: skip
        return Table(
            feed=self.feed,
            period=self.since_january if cumulative else self.this_month,
            title=title,
            corner=corner,
            columns=tuple(columns),
            form=form,
            notes=notes,
            numbers_as_text=numbers_as_text,
        )


_COUNTIES = (CITY, *UNITS)
_WITH_DCH = (*_COUNTIES, "JM-DCH")


def _industrial_output(d: Desk) -> Table:
    columns = [d.regions()]
    for code, name in (("ST02", "工业总产值"), ("ST03", "工业销售产值"), ("ST05", "出口交货值")):
        columns += [
            d.value(code, (name, "本月"), "M"),
            d.growth(code, (name, "本月增长(%)"), "M"),
            d.value(code, (name, "累计"), "YTD"),
            d.growth(code, (name, "累计增长(%)"), "YTD"),
        ]
    return d.table(
        "规模以上工业产销", columns, "单位:万元", cumulative=True,
        notes=("同期数与本期的企业统计范围相一致，和上年公布的数据存在口径差异",),
    )  # fmt: skip


def _value_added(d: Desk) -> Table:
    columns = [
        d.regions(),
        d.growth("ST01", ("增加值增速(%)", "本月"), "M"),
        d.growth("ST01", ("增加值增速(%)", "累计"), "YTD"),
    ]
    return d.table("规模以上工业增加值增速", columns, cumulative=True, notes=("增加值增速按可比价格计算",))


def _value_added_by_industry(d: Desk) -> Table:
    value, base = d.city.industries
    month, year = slice(d.t, d.t + 1), slice(d.t - d.t % 12, d.t + 1)

    def cells(of: slice) -> tuple[Printed, ...]:
        by_industry = zip(value[:, of].sum(1), base[:, of].sum(1), strict=True)
        return tuple(print_growth(v, b) for v, b in [(value[:, of].sum(), base[:, of].sum()), *by_industry])

    rows = 1 + len(INDUSTRIES)
    monthly = (NO_NUMBER,) * rows if d.only_cumulative else cells(month)
    columns = [
        Column(("行业",), ("总计", *INDUSTRIES)),
        Column(("本月增速(%)",), monthly, 1),
        Column(("累计增速(%)",), cells(year), 1),
    ]
    return d.table("规模以上工业分行业增加值增速", columns, cumulative=True)


def _enterprise_finance(d: Desk) -> Table:
    columns = [d.regions()]
    for code, name in (("ST06", "营业收入"), ("ST07", "利润总额")):
        columns += [
            d.value(code, (name, "累计(亿元)"), "YTD", 2, per=10_000),
            d.growth(code, (name, "增长(%)"), "YTD"),
        ]
    columns += [
        d.value("ST08", ("平均用工人数", "本期(人)"), "YTD"),
        d.growth("ST08", ("平均用工人数", "增长(%)"), "YTD"),
    ]
    return d.table(
        "规模以上工业企业财务状况", columns, cumulative=True, notes=("“--”表示上年同期为负或为零，不计算增速",)
    )


def _investment(d: Desk) -> Table:
    names = {"ST10": "工业投资", "ST10A": "制造业投资", "ST10B": "工业技改投资", "ST10C": "工业民间投资"}
    columns = [d.regions(), *(d.growth(code, (f"{name}增长(%)",), "YTD") for code, name in names.items())]
    return d.table("工业固定资产投资增速", columns, cumulative=True)


def _industrial_projects(d: Desk) -> Table:
    columns = [
        d.regions("县市区"),
        d.value("DR01", ("亿元以上工业项目新开工数(个)", "本月"), "M"),
        d.value("DR01", ("亿元以上工业项目新开工数(个)", "累计"), "YTD"),
        d.value("DR02", ("在建重点工业项目完成投资(亿元)", "累计"), "YTD", 2, per=10_000),
        d.growth("DR02", ("在建重点工业项目完成投资(亿元)", "累计增长(%)"), "YTD"),
    ]
    # Energy comes from the statisticians, who report nothing of January.
    only = () if d.month.endswith("-01") else None
    columns += [
        d.value("DR05", ("综合能源消费量(万吨标准煤)", "累计"), "YTD", 2, per=10_000, only=only),
        d.growth("DR05", ("综合能源消费量(万吨标准煤)", "累计增长(%)"), "YTD", only=only),
    ]
    return d.table("重点工业项目与能耗情况", columns, cumulative=True)


def _freight(d: Desk) -> Table:
    columns = [d.regions()]
    for code, name, unit, decimals, per, only in (
        ("TR01", "公路货运量", "万吨", 1, 1, None),
        ("TR02", "公路货物周转量", "亿吨公里", 2, 10_000, None),
        ("TR06", "铁路货运发送量", "万吨", 1, 1, (CITY,)),
    ):
        columns += [
            d.value(code, (f"{name}({unit})",), "M", decimals, per, only=only),
            d.growth(code, (f"{name}同比(%)",), "M", only=only),
        ]
    return d.table("货物运输量", columns, form="gb18030")


def _budget_revenue(d: Desk) -> Table:
    columns = [d.regions("单位")]
    for code, name in (("FI01", "一般公共预算收入"), ("FI02", "地方税收收入")):
        columns += [
            d.value(code, (name, "本月"), "M"),
            d.value(code, (name, "本年累计"), "YTD"),
            d.value(code, (name, "上年同期累计"), "YTD", base=True),
            d.growth(code, (name, "累计增长%"), "YTD"),
        ]
    return d.table("财政预算收入执行情况", columns, "单位:万元", numbers_as_text=True)


def _invoiced_sales(d: Desk) -> Table:
    columns = [
        d.regions("县(市、区)"),
        d.value("TX03", ("工业开票销售收入(不含税)", "本月"), "M"),
        d.value("TX03", ("工业开票销售收入(不含税)", "上年同月"), "M", base=True),
        d.growth("TX03", ("工业开票销售收入(不含税)", "本月增幅(%)"), "M"),
        d.value("TX03", ("工业开票销售收入(不含税)", "累计"), "YTD"),
        d.growth("TX03", ("工业开票销售收入(不含税)", "累计增幅(%)"), "YTD"),
        d.value("TX01", ("工业增值税入库", "本月"), "M"),
        d.growth("TX01", ("工业增值税入库", "本月增幅(%)"), "M"),
        d.value("TX01", ("工业增值税入库", "累计"), "YTD"),
        d.growth("TX01", ("工业增值税入库", "累计增幅(%)"), "YTD"),
        d.value("TX04", ("工业购进发票金额", "本月"), "M"),
        d.growth("TX04", ("工业购进发票金额", "本月增幅(%)"), "M"),
    ]
    return d.table("工业开票销售与增值税", columns, "单位:万元")


def _enterprise_invoices(d: Desk) -> Table:
    t = d.t
    listed = [s for s in d.city.firms if not np.isnan(s.invoices[t])]
    before = [(np.nan_to_num(s.invoices[t - 12]), np.nan_to_num(s.tax[t - 12])) for s in listed]
    columns = [
        Column(("统一社会信用代码",), tuple(s.firm.credit_code for s in listed)),
        Column(("纳税人名称",), tuple(s.firm.name for s in listed)),
        Column(("所属地区",), tuple(region_label("tax", s.firm.region_key, d.month) for s in listed)),
        Column(("行业代码",), tuple(s.firm.industry for s in listed)),
        Column(("开票销售收入(万元)",), tuple(round_half_away(s.invoices[t], 2) for s in listed), 2),
        Column(("开票销售收入上年同月(万元)",), tuple(round_half_away(b, 2) for b, _ in before), 2),
        Column(("开票销售收入增幅(%)",), _growths((s.invoices[t] for s in listed), (b for b, _ in before)), 1),
        Column(("增值税入库(万元)",), tuple(round_half_away(s.tax[t], 2) for s in listed), 2),
        Column(("增值税入库增幅(%)",), _growths((s.tax[t] for s in listed), (b for _, b in before)), 1),
    ]
    return d.table("重点工业企业开票明细", columns, form="utf-8-sig")


def _growths(values: Iterable[float], bases: Iterable[float]) -> tuple[Printed, ...]:
    return tuple(print_growth(v, b) for v, b in zip(values, bases, strict=True))


def _foreign_trade(d: Desk) -> Table:
    columns = [d.regions()]
    for code, name, unit, decimals, per in (
        ("CM01A", "出口额", "万美元", 0, 1), ("CM01", "出口额人民币", "亿元", 3, 10_000), ("CM03", "实际利用外资", "万美元", 0, 1),
    ):  # fmt: skip
        columns += [
            d.value(code, (f"{name}({unit})", "当月"), "M", decimals, per),
            d.growth(code, (f"{name}({unit})", "当月同比(%)"), "M"),
            d.value(code, (f"{name}({unit})", "累计"), "YTD", decimals, per),
            d.growth(code, (f"{name}({unit})", "累计同比(%)"), "YTD"),
        ]
    return d.table("对外贸易和利用外资", columns, cumulative=True)


def _loans(d: Desk) -> Table:
    columns = [d.regions()]
    for code, name in (("BK01", "各项贷款"), ("BK02", "制造业贷款"), ("BK03", "工业中长期贷款")):
        columns += [
            d.value(code, (name, "月末余额"), "M", 2, per=10_000),
            d.growth(code, (name, "同比增长(%)"), "M"),
        ]
    return d.table("金融机构贷款余额", columns, "单位:亿元")


def _natural_gas(d: Desk) -> Table:
    plants = (CITY, "420802", "420882", "420822", "420881")
    columns = [
        d.regions(),
        d.value("EN02", ("工业用气量(万立方米)",), "M", 1),
        d.growth("EN02", ("工业用气量增速(%)",), "M"),
        d.value("EN03", ("发电量(亿千瓦时)",), "M", 4, per=10_000, only=plants),
        d.growth("EN03", ("发电量增速(%)",), "M", only=plants),
    ]
    return d.table("工业用气和发电情况", columns, form="utf-8-sig", notes=("“—”表示辖区内无发电企业",))


def _electricity(d: Desk) -> Table:
    columns = [d.regions("供电区域")]
    for code, name in (("PW01", "全社会用电量"), ("PW02", "工业用电量")):
        columns += [
            d.value(code, (name, "当月"), "M", 4, per=10_000),
            d.growth(code, (name, "当月同比(%)"), "M"),
            d.value(code, (name, "累计"), "YTD", 4, per=10_000),
            d.growth(code, (name, "累计同比(%)"), "YTD"),
        ]
    return d.table("全社会和工业用电量", columns, "单位:亿千瓦时", notes=("市直为铁路牵引等未分区用电",))


def _enterprise_electricity(d: Desk) -> Table:
    t = d.t
    lines = [
        (s.firm, account, s.power[t] / len(s.firm.accounts), np.nan_to_num(s.power[t - 12]) / len(s.firm.accounts))
        for s in d.city.firms
        if not np.isnan(s.power[t])
        for account in s.firm.accounts
    ]
    columns = [
        Column(("户号",), tuple(account for _, account, _, _ in lines)),
        Column(("户名",), tuple(f.name.translate(_FULL_WIDTH) for f, _, _, _ in lines)),
        Column(("统一社会信用代码",), tuple(f.credit_code for f, _, _, _ in lines)),
        Column(("供电区域",), tuple(region_label("powr", f.region_key, d.month) for f, _, _, _ in lines)),
        Column(("行业代码",), tuple(f.industry for f, _, _, _ in lines)),
        Column(("本月用电量(万千瓦时)",), tuple(round_half_away(v, 4) for _, _, v, _ in lines), 4),
        Column(("上年同月(万千瓦时)",), tuple(round_half_away(b, 4) for _, _, _, b in lines), 4),
        Column(("同比(%)",), _growths((v for _, _, v, _ in lines), (b for _, _, _, b in lines)), 1),
    ]
    return d.table("重点工业企业用电明细", columns, form="gb18030")


def _mobile_traffic(d: Desk) -> Table:
    columns = [
        d.regions(),
        d.value("TL01", ("移动互联网流量(TB)", "本年本月止"), "YTD", 1),
        d.growth("TL01", ("移动互联网流量(TB)", "比上年同期(%)"), "YTD"),
        d.value("TL01", ("移动互联网流量(TB)", "本月"), "M", 1),
        d.growth("TL01", ("移动互联网流量(TB)", "比上年同月(%)"), "M"),
        d.value("TL02", ("政企固定宽带用户(户)", "月末"), "M"),
        d.growth("TL02", ("政企固定宽带用户(户)", "比上年同月(%)"), "M"),
    ]
    return d.table("通信业务主要指标", columns)


_XLSX, _GBK, _UTF8 = Style(), Style("gb18030"), Style("utf-8-sig")
_Writer = Callable[[Economy, str, str], Table]


def _typed(write: Callable[[Desk], Table], rows: tuple[str, ...] = ()) -> _Writer:
    """A table whose layout is the clerk's own."""
    return lambda city, month, feed: write(Desk(city, month, feed, rows))


def _regional(rows: tuple[str, ...] = _COUNTIES, style: Style = _XLSX) -> _Writer:
    def write(city: Economy, month: str, feed: str) -> Table:
        where = _where(feed, month)
        lines = [Line({"region": where(r)}, regional(city).__getitem__, r) for r in rows]
        return print_table(feed_of(feed), month, lines, style)

    return write


def _by_industry(names: Iterable[str] = INDUSTRIES, style: Style = _XLSX) -> _Writer:
    def write(city: Economy, month: str, feed: str) -> Table:
        lines = [
            Line({"industry": "总计" if n == CITY else n}, lambda code: by_industry(city, code), n)
            for n in (CITY, *names)
        ]
        return print_table(feed_of(feed), month, lines, style)

    return write


def _listing(listed: Callable[[Economy, str, entities.Where], entities.Lines], style: Style = _UTF8) -> _Writer:
    return lambda city, month, feed: print_table(feed_of(feed), month, listed(city, month, _where(feed, month)), style)


def _where(feed: str, month: str) -> entities.Where:
    return lambda key: region_label(feed.split("__")[0], key, month)


_WITH_OWN = (CITY, "JM-SZ", *UNITS)
_MANUFACTURING = tuple(n for n in INDUSTRIES if n not in NOT_MANUFACTURING)

_REPORTS: dict[str, _Writer] = {
    "stat__industrial_output": _typed(_industrial_output, _WITH_DCH),
    "stat__value_added": _typed(_value_added, _WITH_DCH),
    "stat__value_added_by_industry": _typed(_value_added_by_industry),
    "stat__enterprise_finance": _typed(_enterprise_finance, _COUNTIES),
    "stat__investment": _typed(_investment, _COUNTIES),
    "stat__investment_completed": _regional(style=Style(corner="单位:万元")),
    "stat__output_by_industry": _by_industry(style=Style(corner="单位:万元")),
    "stat__finance_by_industry": _by_industry(),
    "stat__panel_summary": _regional(),
    "stat__high_technology": _regional((CITY,)),
    "stat__enterprise_output": _listing(entities.output_lines),
    "stat__enterprise_accounts": _listing(entities.firm_lines),
    "stat__enterprises": _listing(entities.enterprise_list),
    "stat__panel": _listing(entities.panel_list),
    "ndrc__industrial_projects": _typed(_industrial_projects, _COUNTIES),
    "ndrc__approved_projects": _regional(),
    "ndrc__energy_and_capacity": _regional(),
    "ndrc__energy_by_industry": _by_industry(),
    "ndrc__enterprise_energy": _listing(entities.firm_lines, _GBK),
    "ndrc__plan_monitoring": _regional((CITY,)),
    "ndrc__projects": _listing(entities.project_list, _XLSX),
    "ndrc__memberships": _listing(entities.membership_list),
    "ndrc__growth_points": _listing(entities.growth_point_list, _XLSX),
    "ndrc__renovations": _listing(entities.renovation_list),
    "ndrc__relocations": _listing(entities.relocation_list, _XLSX),
    "tran__freight": _typed(_freight, _COUNTIES),
    "tran__ports_and_lorries": _regional((CITY, *UNITS), _GBK),
    "fisc__budget_revenue": _typed(_budget_revenue, _WITH_OWN),
    "fisc__industrial_support": _regional(_WITH_OWN, Style(corner="单位:万元", numbers_as_text=True)),
    "tax__invoiced_sales": _typed(_invoiced_sales, _WITH_DCH),
    "tax__enterprise_invoices": _typed(_enterprise_invoices),
    "tax__industrial_taxes": _regional((CITY, *UNITS, "JM-SZ", "JM-DCH")),
    "tax__invoices_by_industry": _by_industry(style=Style(corner="单位:万元")),
    "tax__enterprise_taxes": _listing(entities.taxpayer_lines),
    "tax__taxpayers": _listing(entities.taxpayer_list),
    "comm__foreign_trade": _typed(_foreign_trade, _COUNTIES),
    "comm__imports_and_bonded": _regional(),
    "comm__attracted_projects": _regional(),
    "comm__enterprise_trade": _listing(entities.trader_lines, _XLSX),
    "bank__loans": _typed(_loans, _WITH_OWN),
    "bank__deposits_and_risk": _regional(_WITH_OWN, Style(corner="单位:亿元")),
    "bank__loans_by_industry": _by_industry(_MANUFACTURING, Style(corner="单位:亿元")),
    "bank__enterprise_loans": _listing(entities.borrower_lines),
    "bank__borrowers": _listing(entities.borrower_list),
    "ener__natural_gas": _typed(_natural_gas, _COUNTIES),
    "ener__coal_and_oil": _regional(style=_UTF8),
    "ener__gas_by_industry": _by_industry(style=_UTF8),
    "ener__power_plants": _listing(entities.plant_lines, _XLSX),
    "ener__key_energy_users": _listing(entities.key_energy_lines),
    "powr__electricity": _typed(_electricity, (CITY, *UNITS, "JM-SZ", "JM-DCH")),
    "powr__enterprise_electricity": _typed(_enterprise_electricity),
    "powr__electricity_by_industry": _by_industry(),
    "powr__capacity": _regional(),
    "powr__enterprise_capacity": _listing(entities.account_lines, _GBK),
    "powr__accounts": _listing(entities.power_account_list, _GBK),
    "tele__mobile_traffic": _typed(_mobile_traffic, _COUNTIES),
    "tele__industry": _regional(),
    "tele__park_residents": _listing(entities.park_lines, _XLSX),
    "tele__enterprise_lines": _listing(entities.subscriber_lines),
    "tele__accounts": _listing(entities.telecom_account_list),
}
FEEDS = tuple(_REPORTS)

# Lists change little, and the firms' tables are long: their history is shorter, so that all is taken in within a minute.
_FIRMS_SINCE, _LISTS_SINCE = "2017-01", "2017-12"
# Who was in the panel a year before June 2018 (domain.md 2.3).
_SINCE = {"stat__panel": "2017-06"}
_WHOLE_HISTORY = ("powr__enterprise_electricity", "tax__enterprise_invoices")


def reports(feed: str, month: str) -> bool:
    """Whether a feed says anything of a month: some are silent on January (domain.md 2.1), some speak by the quarter
    and some began late."""
    promised = feed_of(feed)
    since = _SINCE.get(feed) or {"enterprise": _FIRMS_SINCE, "register": _LISTS_SINCE}.get(promised.grain, "")
    if month < since and feed not in _WHOLE_HISTORY:
        return False
    if month.endswith("-01") and not promised.reports_january:
        return False
    return promised.frequency == "month" or Month.parse(month).month % 3 == 0


def report(feed: str, month: str, city: Economy) -> Table:
    """A feed's table for a month. Raises ValueError for a month that the department does not report."""
    if not reports(feed, month):
        raise ValueError(f"{feed} reports nothing of {month}")
    made = _REPORTS[feed](city, month, feed)
    return replace(made, notes=(*made.notes, FLASH.note)) if feed in FLASH.feeds and month == FLASH.month else made
