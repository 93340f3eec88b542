"""The rules of the house: which folder may import which, and what may not decide by looking.

Comes in: import graphs and trees. Goes out: one line for each breach.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.imports import Graph, imported

WEB = frozenset(
    {
        "apps",
        "checks",
        "conf",
        "logging",
        "middleware",
        "readiness",
        "settings",
        "urls",
        "views",
    }
)
# From the top of the house to its bottom; who stands on one line does not import each other.
ARROWS = {
    "web": {"web"},
    "management": {
        "management",
        "web",
        "reporting",
        "provisioning",
        "diagnosis",
        "aws",
        "network",
        "facts",
        "sandbox",
    },
    "reporting": {"reporting", "provisioning", "diagnosis", "aws", "network", "facts"},
    "provisioning": {"provisioning", "diagnosis", "aws", "network", "facts"},
    "diagnosis": {"diagnosis", "facts"},
    "aws": {"aws", "facts"},
    "network": {"network", "facts"},
    "facts": {"facts"},
    "sandbox": {"sandbox"},
    "root": set(),
}
# The sandbox is an independent model of AWS: of the product it shares the clock alone.
SHARED_WITH_SANDBOX = "ebdeploy.facts.clock"

# Of the layers that decide, the modules that act: they look, write, or wait.
ACTORS = frozenset(
    {
        "ebdeploy.provisioning.apply",
        "ebdeploy.provisioning.observe",
        "ebdeploy.provisioning.reconcile",
        "ebdeploy.facts.clock",
    }
)
DECIDING = frozenset({"diagnosis", "provisioning", "reporting", "facts"})
# What would make a decision depend on anything but its arguments: AWS, the network, files,
# processes, the clock, chance, threads, and Django's settings.
LOOKING = frozenset(
    {
        "asyncio",
        "boto3",
        "botocore",
        "concurrent",
        "django",
        "dns",
        "ebdeploy.aws",
        "ebdeploy.facts.clock",
        "ebdeploy.network",
        "environ",
        "http",
        "io",
        "os",
        "pathlib",
        "random",
        "requests",
        "secrets",
        "shutil",
        "socket",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "urllib3",
    }
)
LOOKING_CALLS = frozenset({"now", "utcnow", "today", "open", "input", "print"})


def layer_of(module: str) -> str:
    """Return the layer of one of our modules; "root" is the package itself."""
    parts = module.split(".")
    if len(parts) == 1:
        return "root"
    return "web" if parts[1] in WEB else parts[1]


def wrong_arrows(graph: Graph) -> Iterator[str]:
    """Yield ``importer -> imported`` for every import against the arrows."""
    for module, targets in sorted(graph.items()):
        allowed = ARROWS.get(layer_of(module), set()) | {"root"}
        for target in sorted(targets):
            shared = layer_of(module) == "sandbox" and target == SHARED_WITH_SANDBOX
            if layer_of(target) not in allowed and not shared:
                yield f"{module} -> {target}"


def decides(module: str) -> bool:
    """Tell whether a module takes values and returns values; a new one does by default."""
    return layer_of(module) in DECIDING and module not in ACTORS


def looks(module: str, tree: ast.Module) -> Iterator[str]:
    """Yield what a deciding module looks at besides its arguments."""
    for name in imported(tree):
        if any(f"{name}.".startswith(f"{banned}.") for banned in LOOKING):
            yield f"{module} imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in LOOKING_CALLS:
                yield f"{module}:{node.lineno} calls {called}()"
