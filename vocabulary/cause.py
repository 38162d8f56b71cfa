"""Why a figure is revised (domain.md 2.6), with the word that officials read."""

CAUSES = {
    "scheduled": "例行修订",
    "correction": "更正",
    "panel": "统计范围变动",
    "reclass": "重新分类",
    "unknown": "原因未说明",
}
