"""The door to AWS: the only importers of boto3 and botocore."""

from __future__ import annotations
