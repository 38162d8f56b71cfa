"""What may be said of a lead-lag correlation, its sample and its latest surprise."""

from publish.wording import Row
from publish.wording.dates import month_zh
from vocabulary.figure import ABSENT, number

# What a relation lacks to be established.
LACKS = {"faint": "相关偏弱", "uncertain": "显著性不足", "unstable": "前后期不一致", "short": "样本偏短"}
# Below even chances a test that finds nothing says nothing.
EVEN = 0.5


def correlation_zh(row: Row) -> str:
    """What may be said of a lead-lag correlation: its direction when established, otherwise that it is not."""
    lag, r = row["best_lag_months"], row["pearson"]
    if lag is None or r is None:
        return "样本不足，尚不能认定"
    if row["state"] == "sign_against_prior":
        return "相关显著而方向与预期相反，须另行研究，不作研判依据"
    if row["expected_sign"] and r * row["expected_sign"] < 0:
        return "方向与预期相反，尚不能认定"
    if row["state"] == "weak":
        return f"{LACKS[row['lacks']]}，仅作参考"
    if row["state"] != "established":
        return "相关不显著，尚不能认定"
    timing = f"领先约{lag}个月" if lag > 0 else f"滞后约{-lag}个月" if lag < 0 else "大致同步"
    use = "供研判参考" if _is_current(row) else f"样本止于{month_zh(row['last_month'])}，不作本期研判依据"
    return f"历史上呈{'正' if r > 0 else '负'}相关，{row['leader_name']}{timing}；{use}"


def _is_current(row: Row) -> bool:
    """Whether the last point of a sample is of the month reported."""
    return bool(row["last_month"] == row["month"])


def stability_zh(row: Row) -> str:
    """Whether a relation holds in both halves, as far as the test could have told."""
    if row["stability"] == "unstable":
        return "不一致"
    power = row["stability_power"]
    if row["stability"] != "stable" or power is None:
        return "尚短" if row["stability"] == "too_short" else ABSENT
    chance = f"（检验力{number(100 * power, 0)}%）"
    return f"{'未见不一致' if power >= EVEN else '样本不足以检验'}{chance}"


def interval_zh(row: Row) -> str:
    """The 95 % interval of a correlation coefficient; dash where there are too few effective points for one."""
    if row["pearson_low"] is None:
        return ABSENT
    return f"{number(row['pearson_low'], 2)}～{number(row['pearson_high'], 2)}"


def significance_zh(q: float | None) -> str:
    """A corrected significance to three digits; what is smaller is said to be."""
    return ABSENT if q is None else "<0.001" if q < 0.001 else number(q, 3)


def surprise_zh(row: Row) -> str:
    """How the follower's figure of the month lies to what the leader let expect; only where the relation says something,
    and of an older month nothing."""
    z = row["surprise_z"]
    if z is not None and not _is_current(row):
        return f"无本期数（样本止于{month_zh(row['last_month'])}）"
    if z is None or row["state"] not in ("established", "weak"):
        return ABSENT
    how = "明显" if abs(z) >= 2 else "略" if abs(z) >= 1 else ""
    side = "基本符合预期" if not how else f"{how}{'高' if z > 0 else '低'}于预期"
    return f"{number(row['surprise_pp'], sign=True)}（{number(z, 1, True)}倍标准误），{side}"


def without_shocks_zh(row: Row) -> str:
    """The same relation with the months of a shock left out; dash where the period has none."""
    if row["n_without_shocks"] is None:
        return ABSENT
    states = {"established": "仍可认定", "weak": "仅作参考", "sign_against_prior": "方向相反"}
    said = states.get(row["state_without_shocks"], "不能认定")
    return f"r={number(row['pearson_without_shocks'], 2)}（n={row['n_without_shocks']}），{said}"
