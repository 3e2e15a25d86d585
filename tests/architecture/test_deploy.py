"""What `deploy/` says is true: its files parse, its commands exist, its rules ask for figures that there are."""

from __future__ import annotations

import configparser
import json
import re

import pytest
import yaml

from hub.cli import VERBS
from hub.web.metrics import _HELP

REQUESTS = {"edihub_http_requests_total", "edihub_http_request_seconds_bucket", "edihub_intake_waiting"}


@pytest.fixture(scope="module")
def deploy(root):
    return root / "deploy"


def rules(deploy):
    return [
        rule for group in yaml.safe_load((deploy / "monitoring/alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]


def anchors(text):
    return {
        "#" + re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## ")
    }


def test_every_rule_and_panel_asks_for_figures_that_there_are(deploy):
    dashboard = json.loads((deploy / "monitoring/dashboard.json").read_text())
    asked = [rule["expr"] for rule in rules(deploy)]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = {name for expression in asked for name in re.findall(r"edihub_[a-z_]+", expression)}
    assert names <= set(_HELP) | REQUESTS
    assert len(names) > 8


def test_every_rule_leads_to_a_chapter_of_the_runbook(deploy):
    chapters = anchors((deploy / "runbook.md").read_text())
    for rule in rules(deploy):
        file, _, chapter = rule["annotations"]["runbook"].partition("#")
        assert file == "deploy/runbook.md"
        assert f"#{chapter}" in chapters


def test_every_command_that_is_named_is_a_verb(deploy):
    texts = [
        path.read_text() for path in deploy.rglob("*") if path.suffix in {".md", ".service", ".yaml", ""} and path.is_file()
    ]
    named = {verb for text in texts for verb in re.findall(r"`edihub (?:--site \S+ )?([a-z][a-z0-9-]+)", text)}
    named |= {
        verb
        for text in texts
        for verb in re.findall(r"/bin/edihub ([a-z-]+)|\[edihub, ([a-z-]+)", text)
        for verb in verb
        if verb
    }
    assert named <= set(VERBS)
    assert {"serve", "worker", "backup", "retention"} <= named


def test_the_services_of_compose_and_the_cluster_run_what_they_should(deploy):
    services = yaml.safe_load((deploy / "compose/compose.yaml").read_text())["services"]
    assert set(services) == {"edge", "worker", "postgres", "valkey"}
    for name in ("edge", "worker"):
        assert {"EDIHUB_STORE_URL", "EDIHUB_QUEUE_URL", "EDIHUB_MASTER_KEY"} <= set(services[name]["environment"])
        assert services[name]["stop_grace_period"] == "30s"
    (cluster,) = yaml.safe_load_all((deploy / "kubernetes/edihub.yaml").read_text())
    deployments = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in cluster["items"] if each["kind"] == "Deployment"
    }
    assert set(deployments) == {"edihub-edge", "edihub-worker"}
    for spec in deployments.values():
        mounts = {mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
        assert mounts == {volume["name"] for volume in spec["volumes"]}
        assert spec["terminationGracePeriodSeconds"] > 25


def test_every_unit_has_what_systemd_needs(deploy):
    for path in (deploy / "systemd").iterdir():
        unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
        unit.optionxform = str
        unit.read_string(path.read_text())
        assert unit["Unit"]["Description"]
        if path.suffix == ".timer":
            assert path.with_suffix(".service").exists()
            assert unit["Timer"]["OnCalendar"]
        else:
            assert unit["Service"]["User"] == "edihub"
            assert unit["Service"]["NoNewPrivileges"] == "yes"
