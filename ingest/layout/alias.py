"""One more heading for a declared column, written into the feed's YAML in place: comments and format stay as they are."""

import json
import os
import tempfile
from pathlib import Path

import yaml

from ingest.feed import Feed
from ingest.feeds import feeds_changed, load_feed, read_feed
from ingest.layout.declared import Declared, path_of


def add_alias(path: Path, heading: str, declared: str) -> Feed:
    """Let the feed in `path` accept `heading` for the column declared as `declared`; returns the feed as it is now.

    Raises ValueError, with the file untouched, when there is no such column or the heading means something already.
    """
    feed = load_feed(path)
    alias = path_of(heading)
    lines = [(key, c) for key in ("columns", "rows") for c in getattr(feed, key)]
    named = ((k, c) for k, c in lines if path_of(declared) in map(path_of, (c.heading, *c.aliases)))
    key, column = next(named, ("", None))
    if column is None:
        known = "; ".join(c.heading for _, c in lines)
        raise ValueError(f"{feed.feed} declares no column {declared!r}; it declares: {known}")
    meant = Declared(feed)
    among = meant.rows if column in feed.row_lines else meant.columns
    if meaning := among.understand(alias):
        raise ValueError(f"{feed.feed} understands {alias!r} already, as {meaning.column.heading!r}")
    before = path.read_text(encoding="utf-8")
    after = _with_alias(before, key, column.heading, alias)
    changed = column.model_copy(update={"aliases": (*column.aliases, alias)})
    wanted = feed.model_copy(update={key: tuple(changed if c is column else c for c in getattr(feed, key))})
    if read_feed(after, path.name) != wanted:
        raise ValueError(f"{path.name}: the alias cannot be written into this file's form; add it by hand")
    _replace(path, after)
    feeds_changed()
    return wanted


def _with_alias(text: str, key: str, heading: str, alias: str) -> str:
    """The YAML with one alias more. What is inserted is found by the parser's own marks, so nothing else moves."""
    quoted = json.dumps(alias, ensure_ascii=False)
    columns = _value(yaml.compose(text), key).value  # type: ignore[arg-type] # a feed that was read is a mapping
    column = next(c for c in columns if _value(c, "heading").value == heading)
    aliases = next((v for k, v in column.value if k.value == "aliases"), None)
    if aliases is not None and aliases.flow_style:
        at = aliases.end_mark.index - 1
        return text[:at] + (", " if aliases.value else "") + quoted + text[at:]
    if aliases is not None:
        at = _line_end(text, aliases.value[-1].end_mark.index)
        return f"{text[:at]}\n{' ' * aliases.start_mark.column}- {quoted}{text[at:]}"
    end = _value(column, "heading").end_mark.index
    if column.flow_style:
        return f"{text[:end]}, aliases: [{quoted}]{text[end:]}"
    at = _line_end(text, end)
    return f"{text[:at]}\n{' ' * column.start_mark.column}aliases: [{quoted}]{text[at:]}"


def _value(node: yaml.MappingNode, key: str) -> yaml.Node:
    return next(v for k, v in node.value if k.value == key)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _replace(path: Path, text: str) -> None:
    """Write by renaming: a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".alias-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
