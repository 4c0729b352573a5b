"""Creates the bucket of the archive on the S3 server of this deployment. An existing bucket does not change.

With AKTUM_S3__LOCK_DAYS the bucket is created with object lock, because many servers cannot add it later. On R2 a
person creates the bucket, because the keys of Aktum should not be allowed to create buckets.
"""

import boto3
from botocore.config import Config

import settings


def create_bucket() -> None:
    archive = settings.load().s3
    client = boto3.client(
        "s3",
        endpoint_url=archive.url,
        region_name=archive.region,
        aws_access_key_id=archive.access_key,
        aws_secret_access_key=archive.secret_key.get_secret_value(),
        config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 4}),
    )
    if archive.bucket not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        lock = {"ObjectLockEnabledForBucket": True} if archive.lock_days else {}
        client.create_bucket(Bucket=archive.bucket, **lock)


if __name__ == "__main__":
    create_bucket()
