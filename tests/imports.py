"""Who imports whom: read from the source with ``ast``, so that nothing hides.

An import inside a function or under TYPE_CHECKING counts, and so does ``import_module("x")``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]

ROOT = Path(__file__).parent.parent


def read_package(folder: Path) -> dict[str, ast.Module]:
    """Return the tree of every module below a package's folder, by dotted name."""
    return {
        _module_name(path, folder.parent): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    }


def _module_name(path: Path, above: Path) -> str:
    parts = path.relative_to(above).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every dotted name that is imported; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import is told from an absolute one by its leading dots.
            stem = "." * node.level + (node.module or "")
            yield from (f"{stem}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            yield from (a.value for a in node.args[:1] if _is_text(a))  # type: ignore[attr-defined]  # _is_text said so


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def graph_of(trees: Mapping[str, ast.Module]) -> Graph:
    """Return which of these modules each one imports."""
    return {
        name: frozenset(_modules(imported(tree), trees)) - {name} for name, tree in trees.items()
    }


def _modules(names: Iterable[str], known: Mapping[str, ast.Module]) -> Iterator[str]:
    for name in names:
        stem = name.rpartition(".")[0]
        if name in known:
            yield name
        elif stem in known:
            yield stem


def folders_of(graph: Graph, packages: Iterable[str]) -> Graph:
    """Return the same arrows between folders; arrows inside a folder are left out."""
    known = set(packages)
    folders: dict[str, set[str]] = {}
    for name, targets in graph.items():
        mine = _folder(name, known)
        folders.setdefault(mine, set()).update(_folder(target, known) for target in targets)
    return {name: frozenset(targets - {name}) for name, targets in folders.items()}


def _folder(module: str, packages: set[str]) -> str:
    return module if module in packages else module.rpartition(".")[0]


def circle_in(graph: Graph) -> list[str]:
    """Return one circle as the names along it, [] when there is none."""
    done: set[str] = set()
    for start in graph:
        trail = _walk(graph, start, [], done)
        if trail:
            return trail
    return []


def _walk(graph: Graph, name: str, trail: list[str], done: set[str]) -> list[str]:
    if name in trail:
        return [*trail[trail.index(name) :], name]
    if name in done:
        return []
    for target in sorted(graph.get(name, ())):
        found = _walk(graph, target, [*trail, name], done)
        if found:
            return found
    done.add(name)
    return []
