"""What could not be examined is tried again: later tries supersede earlier ones, which stay."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


def _loose(to: str) -> Any:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0004_hash_sets")]
    operations = [
        migrations.AddField(
            model_name="notexamined", name="superseded", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField(
            model_name="occurrence", name="superseded", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint(model_name="occurrence", name="occurrence_path"),
        migrations.AddConstraint(
            model_name="occurrence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded", False)),
                fields=("acquisition", "path_digest"),
                name="occurrence_path",
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("superseded", True)),
                fields=["acquisition", "path_digest"],
                name="occurrence_earlier_tries",
            ),
        ),
        migrations.CreateModel(
            name="Supersession",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("acquisition", _loose("records.acquisition")),
                ("not_examined", _loose("records.notexamined")),
            ],
            options={
                "db_table": "supersession",
                "constraints": [
                    models.UniqueConstraint(fields=("not_examined",), name="supersession_not_examined"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Retry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_statement", models.BigIntegerField()),
                ("facts", models.TextField()),
                (
                    "acquisition",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.acquisition"),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.run")),
            ],
            options={
                "db_table": "retry",
            },
        ),
    ]
