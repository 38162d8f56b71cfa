"""YAML in which people declare feeds and areas, read without what makes a small text a large one: aliases and deep nesting."""

from typing import Any

import yaml

# A declaration is written by hand: the longest of ours has 12 KB.
LONGEST = 1 << 20


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="an alias (*) is not read: write out what it stands for",
                problem_mark=self.peek_event().start_mark,
            )
        return super().compose_node(parent, index)


def read_declaration(text: str) -> Any:
    """What a YAML says. Raises yaml.YAMLError, with the line where there is one, also for an alias and what is too long."""
    if len(text) > LONGEST:
        raise yaml.YAMLError(f"it has {len(text)} signs, more than {LONGEST}")
    try:
        return yaml.load(text, _Loader)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deeply") from None
