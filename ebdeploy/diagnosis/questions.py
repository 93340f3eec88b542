"""Which DNS questions the checks will read the answers of. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ebdeploy.facts.dns import Question
from ebdeploy.facts.names import registrable_domain
from ebdeploy.facts.state import Certificate, Observed


def questions_for(observed: Observed) -> tuple[Question, ...]:
    """Return the questions about the names and about their certificate's validation records."""
    questions = [q for name in observed.names for q in _site(name.removeprefix("*."))]
    if isinstance(observed.certificate, Certificate):
        for validation in observed.certificate.validations:
            if validation.record:
                name = validation.record[0]
                doubled = f"{name}.{registrable_domain(validation.name)}"
                questions += [Question(name, "CNAME"), Question(doubled, "CNAME")]
    return tuple(dict.fromkeys(questions))


def climb(name: str) -> Iterator[str]:
    """Yield the name and its parents down to the registered domain (RFC 8659, section 3)."""
    end = registrable_domain(name)
    while name != end:
        yield name
        name = name.partition(".")[2]
    yield end


def _site(name: str) -> Iterator[Question]:
    yield Question(name, "A")
    yield Question(name, "AAAA")
    for node in climb(name):
        yield Question(node, "CAA")
