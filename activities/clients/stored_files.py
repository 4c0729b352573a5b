"""Large files in the object store. They are sent and received in pieces, so that no file is in memory as a whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from botocore.exceptions import ClientError

from activities.clients.object_store import Head, ObjectStore

PIECE = 1024 * 1024


class FileStore(ObjectStore):
    """A bucket with large files. The calls raise the same errors."""

    async def create_file(
        self, key: str, file: IO[bytes], size: int, content_type: str, metadata: Mapping[str, str]
    ) -> Head:
        """Write a file from its beginning as a new object. Raises ConditionFailed if the key is taken."""

        def write() -> Head:
            file.seek(0)
            written = self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=file,
                ContentLength=size,
                ContentType=content_type,
                Metadata=metadata,
                IfNoneMatch="*",
            )
            return Head(key, written["ETag"], metadata, size)

        return await self._call(write, changes=True)

    async def download(self, key: str, path: Path) -> bool:
        """Write the object's content to the path; return False if there is no object."""

        def read() -> bool:
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                    return False
                raise
            with path.open("wb") as file:
                for piece in found["Body"].iter_chunks(PIECE):
                    file.write(piece)
            return True

        return await self._call(read, changes=False)
