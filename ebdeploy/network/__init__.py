"""The door to the network: DNS questions and TCP, TLS and HTTP probes."""

from __future__ import annotations
