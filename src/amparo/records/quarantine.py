"""What could not be examined, from the rows of a workbench."""

from collections.abc import Iterator

from amparo.domain.cause import Cause
from amparo.domain.finding import NotExamined
from amparo.domain.quarantine import Quarantined, Subject
from amparo.records.database import Database

_PAGE_ROWS = 200
_QUERY = """
SELECT n.id, n.analyzer, n.version, n.reason, n.cause, o.item_path, c.address,
 CASE
  WHEN o.id IS NOT NULL THEN
   1 + (SELECT count(*) FROM occurrence e
        WHERE e.acquisition_id = o.acquisition_id AND e.path_digest = o.path_digest AND e.superseded)
  WHEN c.id IS NOT NULL THEN
   (SELECT count(*) FROM not_examined e WHERE e.container_id = c.id AND e.analyzer = n.analyzer)
  ELSE (SELECT count(*) FROM not_examined e WHERE e.media_file_id = n.media_file_id AND e.analyzer = n.analyzer)
 END,
 (SELECT x.item_path FROM occurrence x WHERE x.id = (SELECT min(y.id) FROM occurrence y
  WHERE y.media_file_id = n.media_file_id AND y.acquisition_id = %s)),
 (SELECT count(*) FROM occurrence x WHERE x.media_file_id = n.media_file_id AND x.acquisition_id = %s)
FROM not_examined n
LEFT JOIN occurrence o ON o.id = n.occurrence_id
LEFT JOIN container c ON c.id = n.container_id
WHERE n.id > %s AND NOT n.superseded AND n.cause <> 'no-bytes' AND (
 (n.media_file_id IS NULL AND n.acquisition_id = %s) OR EXISTS
 (SELECT 1 FROM occurrence x WHERE x.media_file_id = n.media_file_id AND x.acquisition_id = %s))
ORDER BY n.id LIMIT %s
"""


def quarantined(database: Database, acquisition: int) -> Iterator[Quarantined]:
    """What could not be examined of an acquisition and stands, in the order in which it was stored."""
    after = 0
    while True:
        with database.errors():
            page = database.fetch(_QUERY, (acquisition, acquisition, after, acquisition, acquisition, _PAGE_ROWS))
        for _, analyzer, version, reason, cause, item, container, tries, place, places in page:
            said = NotExamined(analyzer, version, reason, Cause(cause or Cause.UNREADABLE))
            if item is not None:
                yield Quarantined(Subject.ITEM, item, said, tries, 1)
            elif container is not None:
                yield Quarantined(Subject.CONTAINER, container, said, tries, 1)
            else:
                yield Quarantined(Subject.ANALYSIS, place, said, tries, places)
        if len(page) < _PAGE_ROWS:
            return
        after = page[-1][0]
