"""Django models, migrations and the bulk paths: the only place that knows tables."""

import django
from django.conf import settings

import amparo.settings

# Models can be imported only once Django has its settings. They hold nothing of a workbench, so that importing this
# decides nothing: each workbench brings its database (`records.database.connect`).
if not settings.configured:
    settings.configure(**{name: value for name, value in vars(amparo.settings).items() if name.isupper()})
    django.setup()
