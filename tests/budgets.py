"""How long things may be and what is never written. Pure: source in, one line a breach out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

MAX_FILE = 300
MAX_COMMAND = 60
MAX_CODE = 25  # lines of a function without its docstring
MAX_FUNCTION = 40  # lines of a function in all; the only limit of a test, which tells a story
FORBIDDEN_NAMES = frozenset({"utils.py", "helpers.py", "base.py", "models.py"})
CLOCK = "ebdeploy/facts/clock.py"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def breaches(path: str, source: str) -> Iterator[str]:
    """Yield every breach of one file; ``path`` is relative to the repository, with slashes."""
    tree = ast.parse(source)
    yield from _of_file(path, source)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _of_function(path, node)
        for words in _never(node, path):
            yield f"{path}:{getattr(node, 'lineno', 0)} {words}"


def _of_file(path: str, source: str) -> Iterator[str]:
    limit = MAX_COMMAND if "/management/commands/" in path else MAX_FILE
    lines = source.count("\n")
    if lines > limit:
        yield f"{path} has {lines} lines, more than {limit}"
    if path.rpartition("/")[2] in FORBIDDEN_NAMES:
        yield f"{path} is named after nothing: name the concept"


def _of_function(path: str, node: Function) -> Iterator[str]:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    code = total - _docstring_lines(node)
    allowed = MAX_FUNCTION if path.startswith("tests/") else MAX_CODE
    if total > MAX_FUNCTION or code > allowed:
        yield f"{path}:{node.lineno} {node.name} has {code} lines of code, {total} in all"


def _docstring_lines(node: Function) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def _never(node: ast.AST, path: str) -> Iterator[str]:
    if isinstance(node, ast.ExceptHandler) and _catches_all(node.type):
        yield "catches every exception"
    if _imports_mock(node):
        yield "imports unittest.mock"
    if path != CLOCK and _sleeps(node):
        yield "sleeps outside the clock"


def _catches_all(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_catches_all(item) for item in caught.elts)
    return caught is None or getattr(caught, "id", "") == "Exception"


def _imports_mock(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.startswith("unittest.mock") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names = {f"{node.module}.{alias.name}" for alias in node.names}
        return any(name.startswith("unittest.mock") for name in names)
    return False


def _sleeps(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(alias.name == "sleep" for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "sleep"
        and getattr(node.value, "id", "") == "time"
    )
