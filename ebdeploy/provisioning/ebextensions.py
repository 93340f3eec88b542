"""What ``.ebextensions`` files say, read without Elastic Beanstalk. Pure.

Comes in: path to text of every ``*.config`` file. Goes out: ``RepositoryOptions``. A file that
is not YAML, or has no mapping at its top, contributes nothing: Elastic Beanstalk reports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ebdeploy.facts.options import REDIRECT_PATH
from ebdeploy.facts.state import Option, RepositoryOptions


class _TolerantLoader(yaml.SafeLoader):
    """A safe loader that reads ``!Ref`` and its like as plain values."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # a node is one of the three


_TolerantLoader.add_multi_constructor("!", _plain)


def read_extensions(files: Mapping[str, str]) -> RepositoryOptions:
    """Return the options and the redirect rule of the files, later names winning.

    Source: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html
    """
    options: dict[Option, str] = {}
    redirect_rule = False
    for path in sorted(files):
        document = _load(files[path])
        options.update(_options(document.get("option_settings")))
        redirect_rule = redirect_rule or _has_redirect(document.get("Resources"))
    return RepositoryOptions(options=options, redirect_rule=redirect_rule)


def _load(text: str) -> Mapping[str, Any]:
    try:
        document = yaml.load(text, Loader=_TolerantLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        return {}
    return document if isinstance(document, dict) else {}


def _options(section: Any) -> Iterator[tuple[Option, str]]:
    if isinstance(section, dict):
        for namespace, values in section.items():
            for name, value in (values or {}).items():
                yield Option(str(namespace), str(name)), _text(value)
    for item in section if isinstance(section, list) else ():
        namespace = item.get("namespace", "aws:elasticbeanstalk:application:environment")
        yield Option(str(namespace), str(item["option_name"])), _text(item.get("value"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _has_redirect(resources: Any) -> bool:
    return any(
        isinstance(resource, dict)
        and resource.get("Type") == "AWS::ElasticLoadBalancingV2::ListenerRule"
        and REDIRECT_PATH.name in str(resource.get("Properties"))
        for resource in (resources or {}).values()
    )
