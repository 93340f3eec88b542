"""One place where our errors become Django's: message, remedy and exit code."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from ebdeploy.facts.errors import EbdeployError, Interrupted
from ebdeploy.management.console import emit
from ebdeploy.reporting.report import Report, error_report
from ebdeploy.reporting.text import report_text


class OpsCommand(BaseCommand):
    """A command for the operator: needs no database and no system checks, ends with a code."""

    requires_system_checks = ()

    def run(self, options: dict[str, Any]) -> Report:
        """Do the work and return its report."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn what happened into an exit code."""
        try:
            report = self.run(options)
        except EbdeployError as error:
            self._fail(error, options)
        except KeyboardInterrupt:
            self._fail(Interrupted(), options)
        else:
            if report.exit_code:
                raise SystemExit(report.exit_code)

    def _fail(self, error: EbdeployError, options: dict[str, Any]) -> NoReturn:
        if options["output_format"] == "json":
            name = self.__module__.rpartition(".")[2]
            emit(error_report(name, error), options, self.stdout, report_text)
        remedy = f"\n{error.remedy}" if error.remedy else ""
        words = f"{error.code}: {error.message}{remedy}"
        raise CommandError(words, returncode=error.exit_code) from error
