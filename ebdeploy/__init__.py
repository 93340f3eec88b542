"""Take a Django site on AWS Elastic Beanstalk to https on its own domain."""

from __future__ import annotations
