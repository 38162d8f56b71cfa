"""The data dictionary in English and Chinese, written from what dbt knows of the tables and from the seeds.

`python -m warehouse.dictionary` writes docs/dictionary.md and docs/dictionary.zh.md anew. No database is asked.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from warehouse import seeds
from warehouse.settings import ROOT, settings

PAGES = {"en": ROOT / "docs" / "dictionary.md", "zh": ROOT / "docs" / "dictionary.zh.md"}
SCHEMAS = ("marts", "reports")
UNITS_EN = {
    "%": "%", "个百分点": "percentage points", "1": "1", "倍": "ratio", "个": "count", "家": "firms", "次": "times",
    "份": "files", "位": "place", "分": "points", "月": "months", "天": "days", "号": "number", "版": "version", "年": "years",
    "户": "households", "人": "persons", "项": "items", "件": "pieces", "万元": "10 thousand yuan", "万美元": "10 thousand USD",
    "万千瓦时": "10 thousand kWh", "万千瓦": "10 thousand kW", "千伏安": "kVA", "吨": "tonnes", "万吨": "10 thousand tonnes",
    "吨标准煤": "tonnes of standard coal", "万吨公里": "10 thousand tonne-kilometres", "标准箱": "TEU", "辆次": "vehicle passages",
    "万立方米": "10 thousand cubic metres", "TB": "TB", "指数": "index", "亿元": "100 million yuan", "按指标计量单位": "unit of the indicator",
    "按计量单位列": "column unit", "按修订幅度单位列": "column size_unit", "百分点": "percentage points", "": "",
}  # fmt: skip
MEASURES_ZH = {
    ("M", "value"): "", ("YTD", "value"): "累计", ("M", "growth"): "同比增速", ("YTD", "growth"): "累计同比增速",
}  # fmt: skip


class Incomplete(RuntimeError):
    """A table, column or unit that the dictionary has no words for. `missing` names each."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__("no words for " + "; ".join(missing))


@dataclass(frozen=True)
class Term:
    """What a table or column is called in Chinese, the unit of its numbers and what it means."""

    label_zh: str
    unit: str
    meaning_zh: str


def parsed() -> dict[str, Any]:
    """dbt's manifest of the project as it lies there. Parsing connects to nothing.

    Raises RuntimeError with dbt's words where it finds an error, warns or calls something deprecated.
    """
    target = settings().home / "dbt" / "parsed"
    project = str(settings().dbt_project)
    done = subprocess.run(
        [
            os.path.join(os.path.dirname(sys.executable), "dbt"), "--no-use-colors", "--warn-error", "parse",
            "--project-dir", project, "--profiles-dir", project,
            "--target-path", str(target), "--log-path", str(target), "--show-all-deprecations",
        ],
        env={**os.environ, "GONGYUN_SEEDS": str(seeds.assemble(target / "seeds")), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"dbt parse: {(done.stdout + done.stderr).strip()[-2000:]}")
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def terms(manifest: dict[str, Any]) -> dict[tuple[str, str], Term]:
    """By table and column ('' for the table itself) of marts and reports, what it is called. What has no words is left out.

    A column of a wide view is named after the indicator in its meta.
    """
    said = {
        (r["table_name"], r["column_name"]): Term(r["label_zh"], r["unit"], r["meaning_zh"])
        for r in seeds.rows("terms")
    }
    indicators = {r["indicator"]: r for r in seeds.rows("indicators")}
    found = {}
    for model in public(manifest):
        for column in ["", *model["columns"]]:
            term = said.get((model["name"], column)) or (said.get(("", column)) if column else None)
            meta = model["columns"][column]["config"]["meta"] if column else {}
            if term is None and meta:
                indicator = indicators[meta["indicator"]]
                name = indicator["name_zh"] + MEASURES_ZH[meta["axis"], meta["measure"]]
                unit = indicator["unit"] if meta["measure"] == "value" else "%"
                term = Term(
                    name,
                    unit,
                    f"指标{meta['indicator']}；2月的当月各列为1—2月合计"
                    if meta["axis"] == "M"
                    else f"指标{meta['indicator']}",
                )
            if term is not None:
                found[model["name"], column] = term
    return found


def public(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The models that analysts read, by schema and name."""
    models = (n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] in SCHEMAS)
    return sorted(models, key=lambda n: (SCHEMAS.index(n["schema"]), n["name"]))


def keys(manifest: dict[str, Any], model: dict[str, Any]) -> list[str]:
    """Columns that name a row: the primary key, or what a test says is unique."""
    for constraint in model["constraints"]:
        if constraint["type"] == "primary_key":
            return list(constraint["columns"])
    for test in manifest["nodes"].values():
        if test["resource_type"] == "test" and test.get("attached_node") == model["unique_id"]:
            metadata = test.get("test_metadata") or {}
            if metadata.get("name") == "unique_together":
                return list(metadata["kwargs"]["columns"])
            if metadata.get("name") == "unique":
                return [metadata["kwargs"]["column_name"]]
    return []


def pages(manifest: dict[str, Any]) -> dict[str, str]:
    """The dictionary's text by language. Raises Incomplete naming every table, column and unit without words."""
    known = terms(manifest)
    asked = [(m["name"], c) for m in public(manifest) for c in ["", *m["columns"]]]
    missing = [".".join(filter(None, key)) for key in asked if key not in known]
    units = {t.unit for t in known.values()} | {
        r["unit"] for r in [*seeds.rows("indicators"), *seeds.everywhere("targets"), *seeds.rows("metrics")]
    }
    missing += [f"unit {u}" for u in sorted(units - UNITS_EN.keys())]
    if missing:
        raise Incomplete(missing)
    return {"en": "\n".join(_english(manifest, known)) + "\n", "zh": "\n".join(_chinese(manifest, known)) + "\n"}


def _table(head: str, rows: list[list[str]]) -> Iterator[str]:
    columns = head.split("|")
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "--|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
    yield ""


def _english(manifest: dict[str, Any], known: dict[tuple[str, str], Term]) -> Iterator[str]:
    yield from (
        "# Data dictionary", "",
        "[中文](dictionary.zh.md) · Written by `python -m warehouse.dictionary` from the models and seeds; not by hand.", "",
        "Analysts read schemas `marts`, `reports` and `catalog` with the role `gongyun_analyst`. A name means the same",
        "quantity and unit in every table. `_pct` is 0 to 100, `_pp` percentage points, a unit of 1 has no dimension.",
        "Growth is never added up or averaged; `catalog.metrics` says how each figure may be put together.", "",
    )  # fmt: skip
    for model in public(manifest):
        yield from (f"## {model['schema']}.{model['name']}", "", " ".join(model["description"].split()), "")
        yield from (f"Key: {', '.join(f'`{k}`' for k in keys(manifest, model))}", "")
        yield from _table(
            "column|type|unit|meaning",
            [
                [f"`{n}`", c["data_type"], UNITS_EN[known[model["name"], n].unit], c["description"]]
                for n, c in model["columns"].items()
            ],
        )
    yield from ("## Schema catalog", "")
    catalogue = (n for n in manifest["nodes"].values() if n["resource_type"] == "seed")
    yield from _table(
        "table|what it holds",
        [[f"`{n['name']}`", n["description"]] for n in sorted(catalogue, key=lambda n: n["name"])],
    )
    departments = {r["department"]: r["name_zh"] for r in seeds.rows("departments")}
    yield from ("## Indicators", "")
    yield from _table(
        "code|name|in Chinese|unit|nature|department|January",
        [
            [r["indicator"], r["name_en"], r["name_zh"], UNITS_EN[r["unit"]], r["nature"],
             f"{r['department']} {departments[r['department']]}", "yes" if r["reports_january"] == "true" else "no"]
            for r in seeds.rows("indicators")
        ],
    )  # fmt: skip
    yield from _catalogues(
        ("## Matched pairs", "pair|name|first|second|grain|limit, points"),
        ("## Correlated pairs", "pair|name|leader|follower|sign|lag, months"),
        ("## Targets", "target|name|kind|value|unit|comparison|period|indicator|clause"),
        ("## Metrics", "metric|name|table|column|unit|over regions|over months"),
        "name_en",
        UNITS_EN,
    )


def _chinese(manifest: dict[str, Any], known: dict[tuple[str, str], Term]) -> Iterator[str]:
    yield from (
        "# 数据字典", "",
        "[English](dictionary.md) · 由 `python -m warehouse.dictionary` 根据模型和种子表生成，不手工修改。", "",
        "分析人员以 `gongyun_analyst` 角色读取 `marts`、`reports` 和 `catalog` 三个模式。同名列在各表中含义和单位相同。",
        "`_pct` 为0至100的百分数，`_pp` 为百分点，单位为1的是无量纲数。增速不得相加或平均，各项数据如何汇总见 `catalog.metrics`。", "",
    )  # fmt: skip
    for model in public(manifest):
        table = known[model["name"], ""]
        yield from (f"## {model['schema']}.{model['name']} {table.label_zh}", "", table.meaning_zh + "。", "")
        yield from (f"主键：{'、'.join(f'`{k}`' for k in keys(manifest, model))}", "")
        found = [(n, c, known[model["name"], n]) for n, c in model["columns"].items()]
        yield from _table(
            "列名|中文名|类型|单位|含义",
            [[f"`{n}`", t.label_zh, c["data_type"], t.unit, t.meaning_zh] for n, c, t in found],
        )
    departments = {r["department"]: r["name_zh"] for r in seeds.rows("departments")}
    natures = {"flow": "流量", "stock": "存量", "rate": "比率", "index": "指数", "count": "计数"}
    yield from ("## 指标目录", "")
    yield from _table(
        "代码|名称|单位|性质|部门|有无1月数据",
        [
            [r["indicator"], r["name_zh"], r["unit"], natures[r["nature"]], departments[r["department"]],
             "有" if r["reports_january"] == "true" else "无"]
            for r in seeds.rows("indicators")
        ],
    )  # fmt: skip
    yield from _catalogues(
        ("## 匹配指标", "代码|名称|第一项|第二项|层级|限值（个百分点）"),
        ("## 关联指标", "代码|名称|领先指标|后行指标|方向|滞后月数"),
        ("## 规划目标", "代码|名称|类型|目标值|单位|比较|时段|指标|条款"),
        ("## 汇总方式", "代码|名称|表|列|单位|地区之间|月份之间"),
        "name_zh",
        {},
    )


def _catalogues(
    matched: tuple[str, str],
    correlated: tuple[str, str],
    targets: tuple[str, str],
    metrics: tuple[str, str],
    name: str,
    units: dict[str, str],
) -> Iterator[str]:
    yield from (matched[0], "")
    yield from _table(
        matched[1],
        [
            [r["pair"], r["name_zh"], r["indicator_a"], r["indicator_b"], r["grains"].replace(";", " "), r["limit_pp"]]
            for r in seeds.everywhere("matched_pairs")
        ],
    )
    yield from (correlated[0], "")
    yield from _table(
        correlated[1],
        [
            [r["pair"], r["name_zh"], r["leader"], r["follower"], r["expected_sign"], f"{r['lag_from']}–{r['lag_to']}"]
            for r in seeds.everywhere("correlated_pairs")
        ],
    )
    yield from (targets[0], "")
    yield from _table(
        targets[1],
        [
            [r["target"], r["name_zh"], r["kind"], "–".join(filter(None, (r["value"], r["value_to"]))),
             units.get(r["unit"], r["unit"]), r["comparison"], r["period"], r["indicator"], r["clause"]]
            for r in seeds.everywhere("targets")
        ],
    )  # fmt: skip
    yield from (metrics[0], "")
    yield from _table(
        metrics[1],
        [
            [r["metric"], r[name], f"`{r['table_name']}`", f"`{r['column_name']}`", units.get(r["unit"], r["unit"]),
             r["over_regions"], r["over_months"]]
            for r in seeds.rows("metrics")
        ],
    )  # fmt: skip


if __name__ == "__main__":
    for language, text in pages(parsed()).items():
        PAGES[language].write_text(text, encoding="utf-8")
