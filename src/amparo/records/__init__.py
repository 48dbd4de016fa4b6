"""Django models, migrations and the bulk paths: the only place that knows tables."""
