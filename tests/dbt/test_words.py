"""Models return facts: what is said of them in sentences is said in one place, publish/wording."""

import re
from pathlib import Path

from warehouse.settings import ROOT

MODELS = sorted(Path(ROOT, "dbt_project/models").rglob("*.sql"))
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
# Units and separators, which are values of the catalogue and no words of ours.
NO_WORDS = {"万元", "个", "项", "、"}


def test_no_model_makes_a_sentence() -> None:
    said = {
        (path.name, literal)
        for path in MODELS
        for literal in re.findall(r"'([^'\n]*[一-鿿、][^'\n]*)'", COMMENT.sub("", path.read_text(encoding="utf-8")))
        if literal not in NO_WORDS
    }
    assert said == set()


def test_growth_that_is_none_is_said_in_one_phrase() -> None:
    folders = ("dbt_project", "publish", "warehouse", "expectations", "ingest", "scheduling", "vocabulary", "gongyun")
    other = "同比" + "持平"
    files = [p for f in folders for p in Path(ROOT, f).rglob("*") if p.suffix in (".sql", ".py", ".yml", ".j2", ".csv")]
    assert [p.name for p in files if other in p.read_text(encoding="utf-8")] == []
