"""The JSON Schema of a feed's YAML, for editors: `python -m ingest.feed_schema` writes ingest/feed.schema.json."""

import json
from pathlib import Path

from ingest.feed import Feed

SCHEMA = Path(__file__).with_name("feed.schema.json")


def schema_text() -> str:
    """The schema as it is kept in the file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Feed.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
