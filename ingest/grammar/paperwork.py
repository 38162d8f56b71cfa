"""The lines around a table that are none of its rows: notes, sources and signatures under it, page lines over it."""

import re

FOOTER = re.compile(
    r"(?:注|备注|说明|附注|数据性质|(?:修订|更正)(?:说明|原因)|核实(?:说明|情况)|数据来源|资料来源|来源|单位负责人|负责人|审核人?|填表人|制表人?|填报人|填报单位|联系人|联系电话|"
    r"填报日期|报送日期|报出日期|制表日期)(?:[:\d].*)?|\*.+|※.+"
)
PAGE_LINE = re.compile(r"\(?续.{0,4}表?.{0,3}\)?|\(?第?\d+页.*")

# Begins the headings of what a template prints beside the table to be compared with; no file is read for it.
REFERENCE = "供核对"


def is_footer(label: str) -> bool:
    """Whether a row beginning with `label` is a note, a source line or a signature under the table."""
    return FOOTER.fullmatch(label) is not None
