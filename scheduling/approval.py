"""What the approver is told before deciding: the headline, what the gate found, what changed, and where the draft lies."""

import json
import re
from typing import Any

from publish.edition import edition_directory
from publish.recover import MANIFEST
from publish.sections.quality import OF_DELIVERY, checks
from publish.wording.dates import moment_zh, period_zh
from publish.wording.growth import growth_zh
from publish.wording.rules import RULES
from vocabulary.finding import WAIVED_ZH
from vocabulary.label import legible

# Of these a backslash takes the meaning (CommonMark 2.4).
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def approval_text(edition_id: int) -> str:
    """Markdown for Airflow's approval task, read from the drafted files themselves.

    Raises publish.sources.EditionRefused when there is no such edition and FileNotFoundError when its files are gone.
    """
    folder = edition_directory(edition_id)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    data = json.loads((folder / "data.json").read_bytes())
    changes = data["corrections"]
    parts = [
        f"**{manifest['title']}** {manifest['month']}，第 {manifest['number']} 版"
        f"{'（更正）' if changes else ''}{'（模拟数据）' if manifest['simulated'] else ''}，数据截至 {moment_zh(manifest['as_of'])}",
        _list("主要指标", _headline(data["reports"]["headline"])),
        _list("校验提示", _told(checks(manifest["gate"]["results"], manifest["delivery_findings"])) or ["无"]),
        _list(
            "放行事项",
            [f"{RULES.get(w['rule'], w['rule'])}：{w['granted_by']}，{w['reason']}" for w in manifest["waivers"]],
        ),
        f"待审稿：`{folder / 'report.html'}`",
        "批准后，所发布的即为上述文件，逐字节一致。",
    ]
    return "\n\n".join(p for p in parts if p)


def _told(found: list[dict[str, Any]]) -> list[str]:
    """What the gates found of the month and of its deliveries, as the edition prints it, first what a waiver lets pass."""
    waived = [f"{WAIVED_ZH}：{_said(r)}" for r in found if r["state"] == "waived"]
    return waived + [_said(r) for r in found if r["state"] == "told"]


def _said(row: dict[str, Any]) -> str:
    folded = row["stage"] == OF_DELIVERY and row["count"] > 1
    return f"{row['said']}（共{row['count']}处）" if folded else row["said"]


def _headline(rows: list[dict[str, Any]]) -> list[str]:
    """A line for each headline indicator that has a growth, in the report's order."""
    return [
        f"{period_zh(r['period_type'], r['month'])}{r['name_zh']}{growth_zh(r['growth_pct'])}"
        for r in sorted(rows, key=lambda r: r["display_order"])
        if r["growth_pct"] is not None
    ]


def _list(title: str, lines: list[str]) -> str:
    return "\n".join([f"{title}：", "", *(f"- {_plain(line)}" for line in lines)]) if lines else ""


def _plain(text: str) -> str:
    """A text that shows in Markdown as it stands: what a file or a person wrote makes no link, picture or list."""
    return PUNCTUATION.sub(r"\\\g<0>", legible(" ".join(text.split())))
