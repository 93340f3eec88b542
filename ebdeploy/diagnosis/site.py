"""TLS, HTTP and what of Django shows from outside. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ebdeploy.diagnosis.evidence import provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts import options as eb
from ebdeploy.facts.state import Certificate, Observed
from ebdeploy.facts.wire import Exchange

# OpenSSL's verify codes (https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/).
VERIFY = {
    62: ("TLS004", "shows a certificate for other names"),
    10: ("TLS005", "shows a certificate that has expired"),
    9: ("TLS006", "shows a certificate that is not valid yet, or this machine's clock is wrong"),
    18: ("TLS007", "shows a certificate of an unknown issuer"),
    19: ("TLS007", "shows a certificate of an unknown issuer"),
    20: ("TLS007", "shows a certificate of an unknown issuer"),
}
LOGS = "Look at the application's log: eb logs."


def check_tls(observed: Observed) -> Iterator[Finding]:
    """Yield why https does not stand, once for every code and name."""
    told: set[tuple[str, str]] = set()
    for exchange in observed.wire:
        if exchange.scheme != "https":
            continue
        finding = _tls(observed, exchange)
        if finding and (finding.code, exchange.name) not in told:
            told.add((finding.code, exchange.name))
            yield finding


def check_http(observed: Observed) -> Iterator[Finding]:
    """Yield what visitors get that they should not get."""
    for exchange in observed.wire:
        if exchange.aim == "site":
            finding = _plain(observed, exchange) if exchange.scheme == "http" else _page(exchange)
            if finding:
                yield finding


def handshake(exchange: Exchange, code: str, words: str) -> Finding:
    """TLS001 to TLS008."""
    return Finding(
        code, Severity.ERROR, exchange.name, f"{exchange.url} at {exchange.address} {words}.",
        (_curl(exchange),),
        (Fix("Wait a minute if the listener is new; else look at listener 443 and at what "
             "stands between (CDN, firewall)."),),
    )  # fmt: skip


def other_serial(exchange: Exchange) -> Finding:
    """TLS011."""
    return Finding(
        "TLS011", Severity.WARNING, exchange.name,
        f"{exchange.url} shows another certificate than the one in ACM: something stands between, "
        "or the name leads elsewhere.",
        (_curl(exchange),), (Fix("Look where the name leads: dig A " + exchange.name),),
    )  # fmt: skip


def dead(exchange: Exchange) -> Finding:
    """HTTP001."""
    return Finding(
        "HTTP001", Severity.ERROR, exchange.name,
        f"{exchange.url} at {exchange.address} does not answer: {exchange.detail}.",
        (_curl(exchange),), (Fix("Look at the load balancer's security group and listener 80."),),
    )  # fmt: skip


def not_redirected(observed: Observed, exchange: Exchange) -> Finding:
    """HTTP002."""
    return Finding(
        "HTTP002", Severity.WARNING, exchange.name,
        f"{exchange.url} answers {exchange.status} instead of leading to https.",
        (_curl(exchange),),
        (Fix("Let the redirect be switched on.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def temporary_redirect(exchange: Exchange) -> Finding:
    """HTTP004."""
    return Finding(
        "HTTP004", Severity.WARNING, exchange.name,
        f"{exchange.url} redirects with {exchange.status}; 301 lets browsers remember it.",
        (_curl(exchange),), (Fix("Redirect with 301."),),
    )  # fmt: skip


def redirect_loop(exchange: Exchange) -> Finding:
    """HTTP005."""
    return Finding(
        "HTTP005", Severity.ERROR, exchange.name,
        f"{exchange.url} redirects to itself: Django does not see that the request was https.",
        (_curl(exchange),),
        (Fix("Assign SECURE_PROXY_SSL_HEADER = eb.secure_proxy_ssl_header and set "
             "EBDEPLOY_PROXY=alb."),),
    )  # fmt: skip


def downgrade(exchange: Exchange) -> Finding:
    """HTTP006."""
    return Finding(
        "HTTP006", Severity.ERROR, exchange.name,
        f"{exchange.url} leads back to {exchange.location}.", (_curl(exchange),),
        (Fix("Build links from the request, with SECURE_PROXY_SSL_HEADER set."),),
    )  # fmt: skip


def bad_request(exchange: Exchange) -> Finding:
    """DJ001."""
    return Finding(
        "DJ001", Severity.ERROR, exchange.name,
        f"{exchange.url} answers 400: {exchange.name} is not in ALLOWED_HOSTS.",
        (_curl(exchange),),
        (Fix("Assign ALLOWED_HOSTS = eb.allowed_hosts in the settings and deploy; EBDEPLOY_HOSTS "
             f"must hold {exchange.name}."),),
    )  # fmt: skip


def error_page(exchange: Exchange) -> Finding:
    """HTTP008."""
    severe = Severity.ERROR if (exchange.status or 0) >= 500 else Severity.WARNING
    return Finding(
        "HTTP008", severe, exchange.name, f"{exchange.url} answers {exchange.status}.",
        (_curl(exchange),), (Fix(LOGS, "eb logs"),),
    )  # fmt: skip


def health_path(exchange: Exchange) -> Finding:
    """HTTP017."""
    return Finding(
        "HTTP017", Severity.ERROR, exchange.name,
        f"{exchange.url} answers {exchange.status}, and the health check wants 200.",
        (_curl(exchange),),
        (Fix("Put ebdeploy.middleware.health_check first in MIDDLEWARE and deploy."),),
    )  # fmt: skip


def _tls(observed: Observed, exchange: Exchange) -> Finding | None:
    if exchange.error == "refused":
        return handshake(exchange, "TLS001", "refuses the connection")
    if exchange.error == "timeout":
        return handshake(exchange, "TLS002", "does not answer in time")
    if exchange.error == "tls":
        code, words = VERIFY.get(exchange.verify_code or 0, ("TLS003", exchange.detail))
        return handshake(exchange, code, words)
    served, known = exchange.certificate, observed.certificate
    if not served or not isinstance(known, Certificate) or not known.serial:
        return None
    differs = _serial(served.serial) != _serial(known.serial)
    return other_serial(exchange) if differs and exchange.aim == "site" else None


def _plain(observed: Observed, exchange: Exchange) -> Finding | None:
    settings = observed.settings if isinstance(observed.settings, dict) else {}
    if exchange.error:
        return dead(exchange)
    if exchange.status in {302, 303, 307}:
        return temporary_redirect(exchange)
    redirected = exchange.status in {301, 308}
    if not redirected and settings.get(eb.REDIRECT_PATH) == eb.REDIRECT_ON:
        return not_redirected(observed, exchange)
    return None


def _page(exchange: Exchange) -> Finding | None:
    location = exchange.location or ""
    if exchange.error or exchange.status is None:
        return None
    if location == exchange.url:
        return redirect_loop(exchange)
    if location.startswith("http://"):
        return downgrade(exchange)
    if exchange.path != "/" and exchange.status != 200:
        return health_path(exchange)
    if exchange.status == 400:
        return bad_request(exchange)
    return error_page(exchange) if exchange.status >= 400 else None


def _serial(text: str) -> str:
    return text.replace(":", "").lower().lstrip("0")


def _curl(exchange: Exchange) -> Evidence:
    port = 443 if exchange.scheme == "https" else 80
    command = (
        f"curl -sS -o /dev/null -D - --resolve {exchange.name}:{port}:{exchange.address} "
        f"{exchange.url}"
    )
    return Evidence(command, exchange.address, exchange.detail or str(exchange.status))
