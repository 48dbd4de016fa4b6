"""The server: gunicorn's workers, each with threads, over one workbench that is opened before they part."""

import contextlib
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import django
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from gunicorn.app.base import BaseApplication

from amparo.casework.keys import WorkbenchFile
from amparo.domain.errors import AmparoError
from amparo.domain.sealing import SealingKey
from amparo.web.serving import Serving
from amparo.web.settings import settings_for


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, told by values instead of a command line."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what `Serving` says."""
        serving = self.serving
        options: dict[str, Any] = {
            "bind": [f"{serving.host}:{serving.port}"],
            "workers": serving.workers,
            "threads": serving.threads,
            "worker_class": "gthread",
            "preload_app": True,
            "certfile": serving.tls_cert or None,
            "keyfile": serving.tls_key or None,
            "timeout": 120,
            "graceful_timeout": 10,
            "proc_name": "amparo",
            "loglevel": "warning",
            "limit_request_line": 8190,
            "forwarded_allow_ips": "",
            "post_worker_init": lambda _worker: threading.Thread(target=_warm, daemon=True).start(),
            "when_ready": lambda _arbiter: _say(serving.address),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The application, with its workbench open; what it opened of the database is closed before workers part."""
        return application(self.serving)


def application(serving: Serving) -> Callable[..., Any]:
    """Configure Django, open the workbench, bring its tables to this version, and give the WSGI application.

    Raise what `Workbench.open` raises.
    """
    file = WorkbenchFile.read(serving.folder)
    key = file.open_key(lambda: serving.passphrase or "")
    settings.configure(**settings_for(serving, secret_of(key)))
    django.setup()
    # Only now: what they import needs the settings.
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from amparo.web.apps import Web
    from amparo.workbench import Workbench

    web = django.apps.apps.get_app_config("web")
    assert isinstance(web, Web)
    web.workbench = Workbench.open(serving.folder, passphrase=serving.passphrase, served=True)
    connections.close_all()
    return get_wsgi_application()


def secret_of(key: SealingKey) -> str:
    """What signs sessions and seals second factors: derived from the workbench's key, and nowhere stored."""
    return HKDF(hashes.SHA256(), 32, None, b"amparo web sessions, version 1").derive(key.secret).hex()


def _warm() -> None:
    """Bring the catalogue of files up to date and read it, and compile what finds near copies, before somebody asks.

    A fault shows itself to who asks. What is in memory by then stays: it is not gone through for garbage again and
    again, which would keep somebody waiting for a tenth of a second.
    """
    # Only now: it brings Django's tables, which need the settings.
    from amparo.casework.near_copies import compile_ahead
    from amparo.web.apps import served

    with contextlib.suppress(AmparoError):
        served().files.facets()
    compile_ahead()
    gc.freeze()


def _say(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
