"""The arrows of the house hold, and every rule fires on a sample that breaks it."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.imports import ROOT, circle_in, folders_of, graph_of, imported, read_package
from tests.layers import ACTORS, ARROWS, decides, layer_of, looks, wrong_arrows

TREES = read_package(ROOT / "ebdeploy")
GRAPH = graph_of(TREES)
PACKAGES = {
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in (ROOT / "ebdeploy").rglob("__init__.py")
}


def tree(source: str) -> ast.Module:
    return ast.parse(dedent(source))


def graph(**sources: str) -> dict[str, frozenset[str]]:
    named = {name.replace("__", "."): tree(source) for name, source in sources.items()}
    return dict(graph_of(named))


def test_no_module_imports_against_the_arrows():
    assert list(wrong_arrows(GRAPH)) == []


def test_every_module_stands_in_a_known_layer():
    assert {layer_of(module) for module in TREES} <= set(ARROWS)


def test_no_circle_between_files():
    assert circle_in(GRAPH) == []


def test_no_circle_between_folders():
    assert circle_in(folders_of(GRAPH, PACKAGES)) == []


@pytest.mark.parametrize("module", sorted(filter(decides, TREES)))
def test_what_decides_looks_at_its_arguments_only(module: str):
    assert list(looks(module, TREES[module])) == []


def test_every_named_actor_exists():
    assert set(TREES) >= ACTORS


def test_the_reader_sees_every_way_to_import():
    source = """
        import a.b, c
        from d import e
        from . import f
        if TYPE_CHECKING:
            from g.h import i
        def late():
            import j
            import_module("k.l")
            importlib.import_module("m")
            import_module(name)
    """
    assert set(imported(tree(source))) == {
        "a.b", "c", "d.e", "..f", "g.h.i", "j", "k.l", "m",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("importer", "target"),
    [
        pytest.param("ebdeploy.middleware", "ebdeploy.facts.names", id="web-imports-facts"),
        pytest.param("ebdeploy.checks", "ebdeploy.aws.acm", id="web-imports-aws"),
        pytest.param("ebdeploy.diagnosis.acm", "ebdeploy.aws.acm", id="diagnosis-imports-aws"),
        pytest.param("ebdeploy.diagnosis.dns", "ebdeploy.network.walk", id="diagnosis-network"),
        pytest.param("ebdeploy.aws.acm", "ebdeploy.network.walk", id="aws-imports-network"),
        pytest.param("ebdeploy.network.walk", "ebdeploy.aws.acm", id="network-imports-aws"),
        pytest.param("ebdeploy.aws.acm", "ebdeploy.diagnosis.acm", id="aws-imports-diagnosis"),
        pytest.param("ebdeploy.provisioning.plan", "ebdeploy.reporting.text", id="upwards"),
        pytest.param("ebdeploy.facts.names", "ebdeploy.aws.acm", id="facts-import-aws"),
        pytest.param("ebdeploy.facts.names", "ebdeploy.conf", id="facts-import-web"),
        pytest.param("ebdeploy.sandbox.gate", "ebdeploy.facts.names", id="sandbox-shares-more"),
        pytest.param("ebdeploy.provisioning.plan", "ebdeploy.sandbox.gate", id="product-sandbox"),
        pytest.param("ebdeploy.reporting.text", "ebdeploy.management.console", id="to-the-top"),
        pytest.param("ebdeploy.unknown", "ebdeploy.facts.names", id="a-layer-of-its-own"),
    ],
)
def test_an_arrow_the_wrong_way_is_named(importer: str, target: str):
    sample = {importer: frozenset({target, "ebdeploy"}), target: frozenset()}
    assert list(wrong_arrows(sample)) == [f"{importer} -> {target}"]


@pytest.mark.parametrize(
    ("importer", "target"),
    [
        pytest.param("ebdeploy.sandbox.gate", "ebdeploy.facts.clock", id="sandbox-clock"),
        pytest.param("ebdeploy.management.worlds", "ebdeploy.sandbox.world", id="run-sandbox"),
        pytest.param("ebdeploy.management.options", "ebdeploy.conf", id="command-reads-settings"),
        pytest.param("ebdeploy.apps", "ebdeploy.checks", id="web-imports-web"),
    ],
)
def test_an_arrow_the_right_way_is_not_named(importer: str, target: str):
    assert list(wrong_arrows({importer: frozenset({target})})) == []


def test_a_circle_is_found_even_when_it_closes_inside_a_function():
    found = circle_in(
        graph(
            a__x="import a.y",
            a__y="def late():\n    from a import z",
            a__z="if TYPE_CHECKING:\n    from a.x import thing",
        )
    )
    assert found == ["a.x", "a.y", "a.z", "a.x"]


def test_a_circle_of_folders_is_found_where_no_circle_of_files_is():
    files = graph(a__x="import b.x", b__x="", b__y="import a.y", a__y="")
    assert circle_in(files) == []
    assert circle_in(folders_of(files, {"a", "b"})) == ["a", "b", "a"]


@pytest.mark.parametrize(
    "source",
    [
        "import boto3",
        "from botocore.exceptions import ClientError",
        "import dns.resolver",
        "import socket",
        "from ssl import SSLContext",
        "from http.client import HTTPConnection",
        "from urllib.request import urlopen",
        "import subprocess",
        "import time",
        "from pathlib import Path",
        "def late():\n    import os",
        "from ebdeploy.facts.clock import Clock",
        "from ebdeploy.aws import acm",
        "from django.conf import settings",
        "open('x')",
        "datetime.now(UTC)",
        "date.today()",
    ],
)
def test_a_look_at_the_world_is_named(source: str):
    assert len(list(looks("ebdeploy.diagnosis.x", tree(source)))) == 1


def test_a_pure_module_is_not_named():
    source = "from urllib.parse import urlsplit\nfrom datetime import datetime\nx = sorted([])"
    assert list(looks("ebdeploy.diagnosis.x", tree(source))) == []


def test_a_new_file_decides_until_it_is_named_as_an_actor():
    assert decides("ebdeploy.provisioning.brand_new")
    assert not decides("ebdeploy.provisioning.observe")
    assert not decides("ebdeploy.aws.acm")
