"""The tutorial's project: what it needs, what it imports, what its files say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PATH = {"PATH": os.environ["PATH"]}
SERVED = {
    **PATH,
    "DJANGO_SECRET_KEY": "k" * 60 + "0123456789",
    "EBDEPLOY_HOSTS": "www.example.com",
    "EBDEPLOY_PROXY": "alb",
    "EBDEPLOY_HTTPS": "enforce",
    "EBDEPLOY_HSTS_SECONDS": "3600",
}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_management_commands_need_no_secret():
    done = python("manage.py", "check", **PATH)
    assert (done.returncode, done.stdout.split(" (")[0]) == (
        0,
        "System check identified no issues",
    )


def test_the_checks_for_deployment_pass_after_provisioning():
    done = python("manage.py", "check", "--deploy", "--fail-level", "ERROR", **SERVED)
    assert (done.returncode, "ebdeploy." in done.stderr) == (0, False), done.stderr


def test_the_checks_for_deployment_say_what_is_missing_before():
    done = python("manage.py", "check", "--deploy", **PATH)
    assert "ebdeploy.W010" in done.stderr
    assert "eb setenv EBDEPLOY_HOSTS=" in done.stderr


def test_no_model_lacks_its_migration(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    done = python("manage.py", "migrate", "--no-input", DATABASE_URL=url, **PATH)
    assert done.returncode == 0, done.stderr
    done = python("manage.py", "makemigrations", "--check", DATABASE_URL=url, **PATH)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", ["mysite.wsgi", "mysite.asgi"])
def test_serving_without_a_secret_key_is_refused_at_start_up(module: str):
    done = python("-c", f"import {module}", **PATH)
    assert done.returncode != 0
    assert "eb setenv DJANGO_SECRET_KEY=" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", ["mysite.wsgi", "mysite.asgi"])
def test_development_needs_no_secret_key(module: str):
    assert python("-c", f"import {module}", DEBUG="1", **PATH).returncode == 0


# One request through the WSGI application of a fresh interpreter: status, body, modules.
ASK = """
import json, sys
from io import BytesIO
from mysite.wsgi import application
answers = []
for path, host, scheme in json.loads(sys.argv[1]):
    status = []
    body = b"".join(application(
        {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": host, "SERVER_NAME": host,
         "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
         "HTTP_X_FORWARDED_PROTO": scheme},
        lambda line, headers, exc_info=None: status.append((line, dict(headers)))))
    answers.append([*status[0], body.decode()])
print(json.dumps([answers, sorted(sys.modules)]))
"""


def test_the_web_process_loads_django_and_django_environ_only():
    requests = [
        ["/healthz", "10.0.1.23", "http"],
        ["/", "www.example.com", "https"],
        ["/", "www.example.com", "http"],
    ]
    done = python("-c", ASK, json.dumps(requests), **SERVED)
    assert done.returncode == 0, done.stderr
    answers, modules = json.loads(done.stdout)
    assert [line for line, _, _ in answers] == [
        "200 OK",
        "200 OK",
        "301 Moved Permanently",
    ]
    assert "https://www.example.com" in answers[1][2]
    assert answers[1][1]["Strict-Transport-Security"] == "max-age=3600"
    assert answers[2][1]["Location"] == "https://www.example.com/"
    loaded = {name.partition(".")[0] for name in modules}
    unwanted = {"boto3", "botocore", "dns", "idna", "moto", "requests", "rich", "urllib3", "yaml"}
    assert loaded & unwanted == set()
    assert [name for name in modules if name.startswith("ebdeploy.")] == [
        "ebdeploy.apps",
        "ebdeploy.checks",
        "ebdeploy.conf",
        "ebdeploy.middleware",
        "ebdeploy.settings",
    ]


TEMPLATES = sorted((ROOT / "ebdeploy/templates").glob("*.config"))


def test_the_three_files_are_there():
    names = [template.name for template in TEMPLATES]
    assert names == ["10-django.config", "20-health.config", "30-https-redirect.config"]
    assert sorted(path.name for path in (ROOT / ".ebextensions").iterdir()) == names


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_the_tutorials_files_are_what_init_ebdeploy_writes(template: Path):
    assert (ROOT / ".ebextensions" / template.name).read_bytes() == template.read_bytes()


def test_the_health_check_asks_the_path_that_the_middleware_answers():
    document = yaml.safe_load((ROOT / ".ebextensions/20-health.config").read_text())
    process = document["option_settings"]["aws:elasticbeanstalk:environment:process:default"]
    assert process == {"HealthCheckPath": "/healthz", "MatcherHTTPCode": "200"}


def test_the_redirect_is_inert_until_its_option_is_set():
    document = yaml.safe_load((ROOT / ".ebextensions/30-https-redirect.config").read_text())
    options = document["option_settings"]["aws:elasticbeanstalk:customoption"]
    (resource,) = document["Resources"].values()
    (value,) = resource["Properties"]["Conditions"][0]["Values"]
    assert options == {"EbdeployRedirectPath": "/https-redirect-is-off"}
    assert value["Fn::GetOptionSetting"]["DefaultValue"] == "/https-redirect-is-off"
    assert resource["Properties"]["ListenerArn"] == {"Ref": "AWSEBV2LoadBalancerListener"}
    assert resource["Properties"]["Priority"] == 2
    assert resource["Properties"]["Actions"] == [
        {
            "Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
        }
    ]


def test_an_instance_installs_what_the_package_itself_needs():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line[0] != "#"] == [
        "django>=5.2,<7",
        "django-environ>=0.12,<1",
        "gunicorn>=23",
    ]
