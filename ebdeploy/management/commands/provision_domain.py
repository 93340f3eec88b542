"""``provision_domain``: from the environment's own address to https on the user's names."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from ebdeploy.management.console import ConsoleProgress, ask, emit
from ebdeploy.management.errors import OpsCommand
from ebdeploy.management.options import add_provision_options, add_shared_options
from ebdeploy.management.session import Session, open_session
from ebdeploy.provisioning.apply import apply_change
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.reconcile import Outcome, Run
from ebdeploy.reporting.report import Report, provision_report
from ebdeploy.reporting.text import report_text


class Command(OpsCommand):
    """Observe, plan, confirm, apply, in rounds, and verify over the wire."""

    help = "Bring domain, certificate, https and redirect of an environment to the ordered state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_shared_options(parser)
        add_provision_options(parser)

    def run(self, options: dict[str, Any]) -> Report:
        """Converge, or only plan with --plan and --check."""
        with open_session(options) as session:
            outcome = self._provision(session, options)
            report = provision_report(outcome, options, session.stats(outcome.rounds))
        emit(report, options, self.stdout, report_text)
        return report

    def _provision(self, session: Session, options: dict[str, Any]) -> Outcome:
        desired = Desired.from_options(session.names, options)
        observer, tally = session.observer(), session.clients.tally
        run = Run(
            desired=desired,
            observe=partial(observer.observe, session.names),
            apply=lambda change: apply_change(change, session.clients),
            clock=session.clock,
            progress=ConsoleProgress(self.stderr, session.started),
            confirm=lambda: not options["interactive"] or ask(self.stderr),
            patience=options["wait"],
            after_first=tally.first_is_over,
        )
        return run.preview() if options["plan"] or options["check"] else run.converge()
