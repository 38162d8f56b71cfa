"""The firms, plants, parks and projects that departments list, each department under numbers of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from samples import credit_code
from samples.catalogue import ByFirm, Measured, by_firm, covered, everyone, membership, regional, rest_of_panel
from samples.declared import Line
from samples.economy import FIRST_YEAR, LENGTH, UNITS, Economy, FirmSeries, index
from samples.firms import COUNT, PLACES, TRADES
from samples.stories import FIRM_STORIES, WHOLE_PANEL
from vocabulary.month import Month

Lines = list[Line]
Where = Callable[[str], str]
"""What the department calls a region in its file of the month."""

BANKS = ("工商银行", "农业银行", "中国银行", "建设银行", "农村商业银行", "湖北银行")


def _rng(city: Economy, stream: str) -> np.random.Generator:
    return np.random.default_rng([city.seed, 11, *stream.encode()])


def _day(month: str, day: int = 1) -> str:
    return f"{month}-{day:02d}"


def _month(t: int) -> str:
    return str(Month(FIRST_YEAR, 1).after(t))


# Numbers that departments give to firms.


def statistics_id(n: int) -> str:
    return f"S4208{n:05d}"


def taxpayer_id(code: str, n: int) -> str:
    """The credit code, or for every seventh firm the older 15 digits: region and organisation code (domain.md 2.9)."""
    return code[2:17] if n % 7 == 3 else code


def customer_id(n: int) -> str:
    return f"0724{n:06d}"


def borrower_id(n: int) -> str:
    return f"4208B{n:07d}"


def customs_id(n: int) -> str:
    return f"42089{n:05d}"


# Tables of numbers, one row a firm.


def _firms(city: Economy, month: str, chosen: Callable[[int], bool] = lambda n: True) -> list[tuple[int, FirmSeries]]:
    """The monthly reported firms that exist in a month, with their place in the list of all."""
    t = index(month)
    return [(n, f) for n, f in enumerate(city.firms) if not np.isnan(f.invoices[t]) and chosen(n)]


def _line(city: Economy, f: FirmSeries, where: Where, entity_id: str | None = None) -> Line:
    labels = {
        "entity_id": entity_id, "entity_name": f.firm.name, "credit_code": f.firm.credit_code,
        "region": where(f.firm.region_key), "industry": f.firm.industry,
    }  # fmt: skip
    return Line(labels, lambda code: by_firm(city, f, code))


def firm_lines(city: Economy, month: str, where: Where) -> Lines:
    return [_line(city, f, where) for _, f in _firms(city, month)]


def exporting(n: int) -> bool:
    """One firm in four sells abroad."""
    return n % 4 == 0


def output_lines(city: Economy, month: str, where: Where) -> Lines:
    """Key firms with their output, in one county all firms of the panel; who does not sell abroad exports nothing."""
    nothing = ByFirm(np.zeros(LENGTH))

    def line(n: int, f: FirmSeries) -> Line:
        known = _line(city, f, where)
        return Line(
            known.labels, lambda code: nothing if code == "ST05" and not exporting(n) else by_firm(city, f, code)
        )

    def other(m: Member) -> Line:
        own = {code: rest_of_panel(city, code)[m.n] for code in WHOLE_PANEL.indicators}
        return Line(_listed(m, where, m.code).labels, lambda code: own.get(code, nothing))

    others = [m for m in _members(city, month) if m.n >= len(city.firms) and m.region_key == WHOLE_PANEL.region_key]
    return [line(n, f) for n, f in _firms(city, month)] + [other(m) for m in others]


def taxpayer_lines(city: Economy, month: str, where: Where) -> Lines:
    return [_line(city, f, where, taxpayer_id(f.firm.credit_code, n)) for n, f in _firms(city, month)]


def trader_lines(city: Economy, month: str, where: Where) -> Lines:
    return [_line(city, f, where, customs_id(n)) for n, f in _firms(city, month, exporting)]


def subscriber_lines(city: Economy, month: str, where: Where) -> Lines:
    return [_line(city, f, where, customer_id(n)) for n, f in _firms(city, month, lambda n: n % 3 == 0)]


def key_energy_lines(city: Economy, month: str, where: Where) -> Lines:
    """The forty firms that burn most for their sales."""
    burning = sorted(city.firms, key=lambda f: -f.firm.intensity * f.firm.share)[:40]
    return [_line(city, f, where) for _, f in _firms(city, month) if f in burning]


def borrower_lines(city: Economy, month: str, where: Where) -> Lines:
    """Borrowers with their loans; a stopped firm is warned of in the month after its power went."""
    warned = _rng(city, "warned").random((COUNT + 10, LENGTH)) < 0.015

    def measure(n: int, f: FirmSeries) -> Callable[[str], Measured]:
        calls = warned[n].astype(float)
        for story in FIRM_STORIES:
            if f.firm.name == story.firm:
                calls[index(story.months[-1])] = 1
        return lambda code: ByFirm(calls) if code == "BK07" else by_firm(city, f, code)

    return [Line(_line(city, f, where, borrower_id(n)).labels, measure(n, f)) for n, f in _firms(city, month)]


def account_lines(city: Economy, month: str, where: Where) -> Lines:
    """Power accounts with the capacity added or suspended in the month; a stopped firm suspends half of its own."""
    rng = _rng(city, f"capacity{month}")
    out = []
    for n, f in _firms(city, month):
        for account, capacity in zip(f.firm.accounts, capacities(city, n), strict=True):
            added = float(rng.integers(1, 8) * 50) if rng.random() < 0.05 else 0.0
            suspended = float(rng.integers(1, 6) * 50) if rng.random() < 0.04 else 0.0
            if any(f.firm.name == s.firm and month in s.months for s in FIRM_STORIES):
                suspended = capacity / 2
            values = {"PW04": added, "PW05": suspended}
            labels = _line(city, f, where, account).labels
            out.append(Line(labels, lambda code, v=values: ByFirm(np.full(LENGTH, v[code]))))  # type: ignore[misc]
    return out


def capacities(city: Economy, n: int) -> list[float]:
    """Transformer capacity of each of a firm's accounts, kVA, of the standard sizes."""
    sizes = np.array([315, 400, 630, 800, 1000, 1250, 1600, 2500, 4000])
    rng = np.random.default_rng([city.seed, 12, n])
    return [float(rng.choice(sizes)) for _ in city.firms[n].firm.accounts]


# Plants and parks.

PLANTS = (
    ("420802", "荆门东宝楚泽发电有限公司", 0.7), ("420802", "荆门东宝汉源热电有限公司", 0.3),
    ("420882", "京山鄂林热电有限公司", 1.0), ("420822", "沙洋恒川发电有限公司", 1.0), ("420881", "钟祥瑞岭热电有限公司", 1.0),
)  # fmt: skip


def plant_lines(city: Economy, month: str, where: Where) -> Lines:
    """Power plants: each makes its share of its county's electricity."""
    generated, stock = regional(city)["EN03"], regional(city)["EN05"]

    def measure(key: str, share: float) -> Callable[[str], Measured]:
        path = np.array([generated.at(key, t)[0] * share for t in range(LENGTH)])
        return lambda code: ByFirm(path) if code == "EN03" else stock

    return [
        Line(
            {"entity_id": f"FD{n:02d}", "entity_name": name, "region": where(key),
             "credit_code": credit_code.make("420800", f"MX9{n:02d}FD0")},
            measure(key, share), key,
        )
        for n, (key, name, share) in enumerate(PLANTS, 1)
    ]  # fmt: skip


def park_lines(city: Economy, month: str, where: Where) -> Lines:
    """Two parks a county, with six tenths and four tenths of those who stay there by night."""
    people = regional(city)["TL03"]

    def measure(key: str, share: float) -> Callable[[str], Measured]:
        path = np.array([people.at(key, t)[0] * share for t in range(LENGTH)])
        return lambda code: ByFirm(path, stock=True)

    return [
        Line({"entity_id": park_id(u, k), "entity_name": f"{place}模拟第{k}工业园", "region": where(key)},
             measure(key, share), key)
        for u, (key, place, _, _) in enumerate(PLACES)
        for k, share in ((1, 0.6), (2, 0.4))
    ]  # fmt: skip


def park_id(unit: int, number: int) -> str:
    return f"YQ{unit + 1}{number}"


# Lists.


@dataclass(frozen=True)
class Member:
    """A firm of the panel with its place in the list of all."""

    n: int
    name: str
    code: str
    region_key: str
    industry: str


def _members(city: Economy, month: str) -> list[Member]:
    t, inside = index(month), membership(city)
    return [
        Member(n, f.name, f.credit_code, f.region_key, f.industry)
        for n, f in enumerate(everyone(city)) if inside[n, t]
    ]  # fmt: skip


def _listed(m: Member, where: Where, entity_id: str, **attributes: object) -> Line:
    labels = {
        "entity_id": entity_id, "entity_name": m.name, "credit_code": m.code, "region": where(m.region_key),
        "industry": m.industry,
    }  # fmt: skip
    return Line(labels, attributes=attributes)


def _sales(city: Economy, n: int, t: int) -> float:
    """Invoiced sales of the twelve months to t, 万元; a firm that no monthly table names sells between 0.2 and 1.2 亿元."""
    if n < len(city.firms):
        return float(np.nansum(city.firms[n].invoices[max(t - 11, 0) : t + 1]))
    return 2_000 + 10_000 * (n * 7919 % 997) / 997


def enterprise_list(city: Economy, month: str, where: Where) -> Lines:
    t = index(month)
    out = []
    for m in _members(city, month):
        entered = everyone(city)[m.n].entered
        opened = f"{2000 + m.n % 13}-{m.n % 12 + 1:02d}"
        sales = _sales(city, m.n, t)
        out.append(
            _listed(
                m, where, statistics_id(m.n), opened_on=_day(entered or opened, 8), entered_on=_day(entered or "2014-02"),
                annual_revenue_10k_yuan=sales * 1.04, employees_persons=20 + sales / 120,
            )
        )  # fmt: skip
    return out


def panel_list(city: Economy, month: str, where: Where) -> Lines:
    """All firms in the panel, those that came in the month by how they came, and those that left in it (domain.md 2.3)."""
    inside, t = membership(city), index(month)
    before = t - (2 if month.endswith("-02") else 1)
    out = []
    for n, firm in enumerate(everyone(city)):
        came, went = inside[n, t] > inside[n, before], inside[n, t] < inside[n, before]
        if not inside[n, t] and not went:
            continue
        status = firm.how_entered if came else firm.how_left if went else "in"
        if status == "in" and n % 97 == t % 12:
            status = "reclassified" if t % 2 else "moved_region"
        m = Member(n, firm.name, firm.credit_code, firm.region_key, firm.industry)
        out.append(_listed(m, where, statistics_id(n), status=status, reason=_REASONS.get(status)))
    return out


_REASONS = {
    "new_built": "新建项目投产", "graduated": "年主营业务收入达到2000万元", "dropped": "年主营业务收入低于2000万元",
    "closed": "已办理注销登记", "merged": "并入其他企业", "reclassified": "主要产品变化",
    "moved_region": "生产地迁移",
}  # fmt: skip


def taxpayer_list(city: Economy, month: str, where: Where) -> Lines:
    """Taxpayers: the panel, and firms that sell enough for it and are not in it (domain.md 3.1, M15)."""
    t, inside = index(month), membership(city)
    out = []
    for n, firm in enumerate(everyone(city)):
        waiting = firm.entered is not None and index(firm.entered) - 8 <= t
        if not inside[n, t] and not waiting:
            continue
        stopped = n < len(city.firms) and city.firms[n].invoices[t] == 0
        status = "closed" if firm.how_left == "closed" and not inside[n, t] else "nil_return" if stopped else "active"
        m = Member(n, firm.name, firm.credit_code, firm.region_key, firm.industry)
        out.append(
            _listed(
                m, where, taxpayer_id(firm.credit_code, n), status=status, registered_on=_day(f"{2001 + n % 12}-03", 9),
                sales_12_months_10k_yuan=_sales(city, n, t),
            )
        )  # fmt: skip
    return out


def power_account_list(city: Economy, month: str, where: Where) -> Lines:
    out = []
    for m in _members(city, month):
        reported = m.n < len(city.firms)
        accounts = city.firms[m.n].firm.accounts if reported else (f"4208{m.n:04d}00",)
        sizes = capacities(city, m.n) if reported else [float(200 + 50 * (m.n % 9))]
        for account, capacity in zip(accounts, sizes, strict=True):
            out.append(
                _listed(
                    m, where, account, meter_id=f"M{account}", capacity_kva=capacity, voltage="10kV" if capacity < 2000 else "35kV",
                    meter_cycle=f"每月{1 + m.n % 25}日", opened_on=_day(f"{2002 + m.n % 11}-05", 6),
                )
            )  # fmt: skip
    return out


def telecom_account_list(city: Economy, month: str, where: Where) -> Lines:
    reached = covered(city)[:, index(month)]
    return [
        _listed(
            m, where, customer_id(m.n), fibre_100_mbit=bool(reached[m.n]), coverage_4g=bool(reached[m.n] or m.n % 5),
            opened_on=_day(f"{2003 + m.n % 10}-06", 12),
        )
        for m in _members(city, month)
    ]  # fmt: skip


def borrower_list(city: Economy, month: str, where: Where) -> Lines:
    t = index(month)
    return [
        _listed(m, where, borrower_id(m.n), main_bank=BANKS[m.n % len(BANKS)],
                credit_line_10k_yuan=500 + 0.1 * _sales(city, m.n, t))
        for m in _members(city, month) if m.n % 5 < 4
    ]  # fmt: skip


@dataclass(frozen=True)
class Project:
    """An industrial project of 100 million yuan and more; investment in 万元, moments as positions on the time axis."""

    region_key: str
    industry: str
    investment: float
    approved: int
    started: int
    months: int
    strategic: bool
    attracted: bool


@cache
def projects(city: Economy) -> tuple[Project, ...]:
    """One project for every start that DR01 counts, so the list and the table tell the same."""
    rng = _rng(city, "projects")
    starts = regional(city)["DR01"]
    out = []
    for key in UNITS:
        for t in range(LENGTH):
            for _ in range(int(starts.at(key, t)[0])):
                size = 10_000 * min(1 + rng.pareto(1.35), 160)
                out.append(
                    Project(key, TRADES[rng.integers(len(TRADES))][0], float(round(size, -2)), t - int(rng.integers(2, 9)), t,
                            int(rng.integers(10, 30)), bool(rng.random() < 0.3), bool(rng.random() < 0.6))
                )  # fmt: skip
    return tuple(out)


def project_list(city: Economy, month: str, where: Where) -> Lines:
    """Projects that are approved and not finished for more than half a year."""
    t = index(month)
    out = []
    for n, p in enumerate(projects(city)):
        if p.approved > t or p.started + p.months < t - 6:
            continue
        done = min(max(t - p.started + 1, 0) / p.months, 1.0)
        labels = {
            "entity_id": f"4208-{2014 + p.started // 12}-{n:05d}", "entity_name": f"模拟工业项目{n:05d}",
            "region": where(p.region_key), "industry": p.industry,
        }  # fmt: skip
        out.append(
            Line(labels, attributes={
                "planned_investment_10k_yuan": p.investment, "completed_investment_10k_yuan": p.investment * done,
                "approved_on": _day(_month(max(p.approved, 0)), 15),
                "started_on": _day(_month(p.started), 1 + n % 27) if p.started <= t else None,
                "completed_on": _day(_month(p.started + p.months - 1), 28) if p.started + p.months <= t else None,
                "strategic_emerging": p.strategic, "attracted": p.attracted,
            })
        )  # fmt: skip
    return out


# Each list that a target counts: level, and how many there are in December 2015 and in June 2018.
MEMBERSHIPS: tuple[tuple[str, str, int, int], ...] = (
    ("high_tech_enterprise", "national", 62, 148), ("technology_sme", "national", 90, 236),
    ("it_industry_fusion", "provincial", 18, 47), ("it_industry_fusion", "municipal", 24, 61),
    ("hidden_champion", "national", 0, 1), ("hidden_champion", "provincial", 1, 6), ("hidden_champion", "municipal", 12, 46),
    ("smart_manufacturing", "municipal", 3, 14), ("green_factory", "national", 0, 2), ("green_park", "provincial", 0, 1),
    ("mayor_quality_award", "municipal", 6, 13), ("quality_comparison", "municipal", 0, 34), ("merger", "municipal", 8, 39),
    ("characteristic_park", "municipal", 9, 14), ("industry_cluster", "provincial", 4, 6),
)  # fmt: skip


def membership_list(city: Economy, month: str, where: Where) -> Lines:
    """Certificates and lists: firms in an order of their own for each list, parks and clusters without credit code."""
    t = index(month)
    out = []
    for row, (name, level, first, last) in enumerate(MEMBERSHIPS):
        members = everyone(city)
        order = _rng(city, name + level).permutation(len(members))
        now = int(np.interp(t, [index("2015-12"), index("2018-06")], [first, last]))
        for k in range(now):
            awarded = (
                index("2015-06")
                if k < first
                else int(np.interp(k, [first, last], [index("2016-01"), index("2018-06")]))
            )
            place = name.endswith(("park", "cluster"))
            firm = members[order[k % len(order)]]
            key = UNITS[k % len(UNITS)] if place else firm.region_key
            labels = {
                "entity_id": f"RD{row:02d}{k:04d}",
                "entity_name": f"{PLACES[k % len(PLACES)][1]}模拟{'产业集群' if 'cluster' in name else '园区'}{k + 1}" if place else firm.name,
                "credit_code": None if place else firm.credit_code, "region": where(key),
                "industry": None if place else firm.industry,
            }  # fmt: skip
            until = _day(_month(awarded + 36), 20) if name == "high_tech_enterprise" and awarded + 36 < LENGTH else None
            out.append(
                Line(
                    labels,
                    attributes={
                        "list": name,
                        "level": level,
                        "awarded_on": _day(_month(awarded), 20),
                        "valid_until": until,
                    },
                )
            )
    return out


def growth_point_list(city: Economy, month: str, where: Where) -> Lines:
    """The firms whose output is to grow most this year, with what has come of it so far."""
    t = index(month)
    out = []
    for n, f in _firms(city, month):
        value, base = by_firm(city, f, "ST02").at("", t, "YTD")
        share = (t % 12 + 1) / 12
        expected = max(value * 0.12, value - base) / share
        if expected < 10_000:
            continue
        m = Member(n, f.firm.name, f.firm.credit_code, f.firm.region_key, f.firm.industry)
        out.append(
            _listed(
                m, where, f"{n + 1}", expected_output_increase_10k_yuan=expected, output_increase_10k_yuan=value - base
            )
        )
    return out


def renovation_list(city: Economy, month: str, where: Where) -> Lines:
    """Renovation projects since 2015: about ten begin a month, some are demonstrations."""
    t, rng = index(month), _rng(city, "renovation")
    members = everyone(city)
    out = []
    for start in range(index("2015-01"), LENGTH):
        for k in range(int(rng.integers(7, 14))):
            n, cost = int(rng.integers(len(members))), float(round(600 + 4_000 * rng.pareto(1.5), 0))
            months, shown = int(rng.integers(6, 20)), rng.random() < 0.35
            firm = members[n]
            if start > t or start // 12 < t // 12 - 1 or index(firm.entered or "2014-01") > start:
                continue
            done = min((t - start + 1) / months, 1.0)
            m = Member(n, f"{firm.name}技术改造项目", firm.credit_code, firm.region_key, firm.industry)
            out.append(
                _listed(
                    m, where, f"JG{start:02d}{k:02d}", planned_investment_10k_yuan=cost, completed_investment_10k_yuan=cost * done,
                    started_on=_day(_month(start), 10), demonstration=bool(shown),
                    completed_on=_day(_month(start + months - 1), 25) if start + months <= t + 1 else None,
                )
            )  # fmt: skip
    return out


def relocation_list(city: Economy, month: str, where: Where) -> Lines:
    """Fifteen chemical firms that have to move; the large ones without hazard may take longer (domain.md 0.1, T43)."""
    t = index(month)
    chemical = [(n, f.firm) for n, f in _firms(city, month) if f.firm.industry in ("25", "26")][:15]
    out = []
    for k, (n, firm) in enumerate(chemical):
        started, done = index("2017-03") + k, index("2017-11") + 2 * k
        size = ("large", "medium", "small")[k % 3]
        m = Member(n, firm.name, firm.credit_code, firm.region_key, firm.industry)
        out.append(
            _listed(
                m, where, firm.credit_code, size=size, major_hazard=k % 4 == 0,
                started_on=_day(_month(started), 5) if started <= t else None,
                completed_on=_day(_month(done), 26) if done <= t else None,
            )
        )  # fmt: skip
    return out
