"""``check_cert``: the certificate of the environment, and the reason when it is not issued."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.management.console import emit
from ebdeploy.management.errors import OpsCommand
from ebdeploy.management.options import add_shared_options
from ebdeploy.management.session import open_session
from ebdeploy.reporting.report import Report, check_report
from ebdeploy.reporting.text import check_text

FAMILIES = ("CFG", "AWS", "DOM", "DNS00", "DNS01", "SEC", "CAA", "ACM")


class Command(OpsCommand):
    """Walk from the registrar to ACM and name the first broken link."""

    help = "Say whether the certificate is well, or exactly why it is not issued."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_shared_options(parser)

    def run(self, options: dict[str, Any]) -> Report:
        """Observe, diagnose, report; nothing is written."""
        with open_session(options) as session:
            observed = session.observer().observe(session.names)
            findings = diagnose(observed, FAMILIES)
            report = check_report("check_cert", observed, findings, session.stats(1))
        emit(report, options, self.stdout, check_text)
        return report
