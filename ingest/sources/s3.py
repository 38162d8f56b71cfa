"""Objects under a prefix of an S3-compatible store; an object appears whole or not at all."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ingest.feed import S3Source
from ingest.sources.access import Access
from ingest.sources.offer import FetchFailed, Offered, save_within, within_limit

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=30,
    read_timeout=60,
    # Stores other than Amazon's know neither virtual hosts nor the newer checksums.
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


def offered(source: S3Source, access: Access) -> Iterator[Offered]:
    """The objects under the source's prefix, in the store's order.

    `access`: login and password are the key id and the secret; `extra`: `endpoint_url`, `region_name`.
    Raises FetchFailed where the store refuses or has no such bucket.
    """
    client = boto3.client(
        "s3",
        endpoint_url=access.extra.get("endpoint_url"),
        region_name=access.extra.get("region_name") or "us-east-1",
        aws_access_key_id=access.login,
        aws_secret_access_key=access.password,
        config=CONFIG,
    )
    place, folder = f"s3://{source.bucket}/", source.prefix[: source.prefix.rfind("/") + 1]
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.prefix):
            for item in page.get("Contents", ()):
                key, size = item["Key"], item["Size"]
                name = key.removeprefix(folder)
                if key.endswith("/") or not size:
                    continue
                within_limit(size, place + key)
                yield Offered(name, place + key, item["ETag"], partial(_save, client, source.bucket, key, item["ETag"]))
    except (BotoCoreError, ClientError) as e:
        raise FetchFailed(f"{place}{source.prefix} cannot be listed: {e}") from e


def _save(client: "boto3.client", bucket: str, key: str, etag: str, path: Path) -> None:
    """Write the very version that was listed."""
    try:
        body = client.get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
        save_within(body.iter_chunks(1 << 20), path, f"s3://{bucket}/{key}")
    except (BotoCoreError, ClientError, OSError) as e:
        raise FetchFailed(f"s3://{bucket}/{key} cannot be read: {e}") from e
