"""What the tests of the web share: Django with the settings of a server, and the cast behind test clients."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings

from amparo.web.serving import Serving
from amparo.web.settings import settings_for

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright has a loop of its own in the thread of the tests
if settings.configured:  # by some other test, without the web's settings
    raise pytest.UsageError("The tests of the web run apart: python -m pytest tests/web.")
settings.configure(**settings_for(Serving("served by the tests", origin="http://testserver"), "a secret of the tests"))
django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from amparo import Workbench  # noqa: E402
from amparo.web.apps import Web  # noqa: E402
from contracts import cast as standing  # noqa: E402
from contracts.browsers import AsOfficer  # noqa: E402
from contracts.cast import Cast  # noqa: E402

setup_test_environment()
# As cheap as can be: what is kept of a password names its cost, and there are hundreds of log-ins.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """The cast's operation, made once; tests work on copies."""
    return standing.made(tmp_path_factory.mktemp("cast"))


@pytest.fixture
def cast(template: Cast, tmp_path: Path) -> Cast:
    """A copy of the cast's operation, for this test alone."""
    return template.copied(tmp_path / "workbench")


@pytest.fixture
def workbench(cast: Cast) -> Iterator[Workbench]:
    """The cast's workbench as a server has it open: what test clients see."""
    with Workbench.open(cast.workbench, by="root", served=True) as opened:
        web = apps.get_app_config("web")
        assert isinstance(web, Web)
        web.workbench = opened
        yield opened


@pytest.fixture
def as_officer(workbench: Workbench) -> AsOfficer:
    """A browser in which an officer of that name is logged in."""

    def client(name: str) -> Client:
        from amparo.records import models
        from amparo.web.account.gate import has_second_factor

        browser = Client(raise_request_exception=True)
        officer = models.Officer.objects.using("default").get(name=name)
        if not has_second_factor(officer):  # of somebody who is not of the cast
            standing.with_app(workbench, name)
        browser.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = browser.session  # as it is just after a log-in
        session["began"] = session["seen"] = time.time()
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(officer.pk)
        session.save()
        return browser

    return client
