"""What a server remembers for a while (failed log-ins, codes that were used), for all its processes alike.

A cache of Django's that keeps JSON in the workbench's database: a lock-out holds in every worker and over a restart,
and nothing that was pickled is ever read.
"""

import json
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connections

_PUT = (
    "INSERT INTO short_lived (key, value, expires) VALUES (%s, %s, %s)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
)
_CULL_EVERY = 64


class ShortLived(BaseCache):
    """Django's cache, in the table `short_lived` of the database that is served."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._alias = alias or "default"
        self._puts = 0

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store what is not there; whether it was not. One statement, so that of two who add one does."""
        place = self.make_and_validate_key(key, version)
        expires = self.get_backend_timeout(timeout)
        with connections[self._alias].cursor() as cursor:
            cursor.execute(
                f"{_PUT} WHERE short_lived.expires IS NOT NULL AND short_lived.expires < %s",
                (place, json.dumps(value), expires, time.time()),
            )
            return bool(cursor.rowcount == 1)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """What is stored and did not expire."""
        with connections[self._alias].cursor() as cursor:
            cursor.execute(
                "SELECT value FROM short_lived WHERE key = %s AND (expires IS NULL OR expires >= %s)",
                (self.make_and_validate_key(key, version), time.time()),
            )
            found = cursor.fetchone()
        return default if found is None else json.loads(found[0])

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store, in the place of what was there; now and then forget what expired."""
        place = self.make_and_validate_key(key, version)
        with connections[self._alias].cursor() as cursor:
            cursor.execute(_PUT, (place, json.dumps(value), self.get_backend_timeout(timeout)))
            self._puts += 1
            if self._puts % _CULL_EVERY == 1:
                cursor.execute("DELETE FROM short_lived WHERE expires < %s", (time.time(),))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget it; whether it was there."""
        with connections[self._alias].cursor() as cursor:
            cursor.execute("DELETE FROM short_lived WHERE key = %s", (self.make_and_validate_key(key, version),))
            return bool(cursor.rowcount)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let it live on; whether it was there."""
        with connections[self._alias].cursor() as cursor:
            cursor.execute(
                "UPDATE short_lived SET expires = %s WHERE key = %s",
                (self.get_backend_timeout(timeout), self.make_and_validate_key(key, version)),
            )
            return bool(cursor.rowcount)

    def clear(self) -> None:
        """Forget everything."""
        with connections[self._alias].cursor() as cursor:
            cursor.execute("DELETE FROM short_lived")
